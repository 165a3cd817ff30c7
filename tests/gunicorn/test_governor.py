"""How many workers may run, decided at the gate."""

from __future__ import annotations

import os

import pytest
from gunicorn import __version__
from gunicorn.errors import HaltServer

from flask_bootcheck.board import State
from flask_bootcheck.memory.model import MARGIN, Model
from flask_bootcheck.memory.saved import FILE_NAME, Conditions, save_forecast

from .standin import FIRST_PID, FITS, MIB, filled, of_size, ramped


def save(folder, first, per_worker, worker_class="sync"):
    """A forecast beside the app, in MiB."""
    model = Model(first * MIB, per_worker * MIB)
    save_forecast(folder / FILE_NAME, model, Conditions("main", __version__, worker_class, False))


def test_where_no_limit_is_known_all_are_admitted(make, rings):
    arbiter = make(None)
    assert arbiter.start(97) == 97
    assert not rings
    assert arbiter.board["target"] == arbiter.board["configured"] == 97


def test_a_count_that_cannot_matter_boots_at_once(make, rings):
    arbiter = make(limit=4096)
    assert arbiter.start(4) == 4
    assert not rings
    assert not arbiter.board["deciding"]


def test_one_worker_needs_no_decision(make, rings):
    assert make(limit=64).start(1) == 1
    assert not rings


def test_first_one_worker_boots_then_as_many_as_fit(make, rings):
    arbiter = make()
    assert arbiter.start(97) == 1
    assert (arbiter.board["configured"], arbiter.board["target"]) == (97, 1)
    assert arbiter.board["deciding"]
    assert len(rings) == 1
    arbiter.post(1, 30)
    assert arbiter.ring() == FITS
    assert arbiter.cfg.workers == FITS  # SIGHUP forks these
    board = arbiter.board
    assert (board["configured"], board["target"], board["fits"]) == (97, FITS, FITS)
    assert not board["deciding"]
    assert not rings
    assert board.why.startswith("measured by its first worker: fixed ")
    assert "of 512 MiB" in board.why


def test_when_all_fit_after_all_nothing_is_said(make):
    arbiter = ramped(make(limit=2048), asked=8)
    assert arbiter.num_workers == 8
    assert arbiter.board.why == ""


def test_at_least_one_runs_even_when_none_fits(make):
    arbiter = ramped(make(limit=64), asked=4, private=300)
    assert arbiter.num_workers == 1
    assert arbiter.board["fits"] == 0


@pytest.mark.parametrize("private", [30, 36, 40, 45, 60])
@pytest.mark.parametrize("headroom", [0.2, 0.05, 0])
def test_beside_all_that_run_one_more_fits_into_the_limit(make, private, headroom):
    """A reload forks at least one before the old ones end; a headroom that is smaller than a worker
    would not hold it. Who wants no headroom takes that risk, too."""
    arbiter = ramped(make(limit=256, memory_headroom=headroom), private=private)
    board = arbiter.board
    model = Model(int(board["first"]), int(board["per_worker"]))
    by_headroom = model.fits(256 * MIB * (1 - headroom), 1.0)
    peak = model.need(arbiter.num_workers + 1) * MARGIN
    if headroom:
        assert peak <= 256 * MIB
    is_fewer = arbiter.num_workers < by_headroom
    assert ("a reload needs room" in board.why) == is_fewer
    assert is_fewer == (headroom > 0 and model.need(by_headroom + 1) * MARGIN > 256 * MIB)


def test_the_largest_worker_measured_counts(make):
    arbiter = make()
    arbiter.start(97)
    arbiter.post(1, 10)
    arbiter.post(2, 60)
    assert arbiter.ring() == 1 + (512 * 0.8 - 20 - 65 - 15) // (60 * 1.25 + 0.2)


@pytest.mark.parametrize("state", [State.BOOTING, State.EXITING])
def test_a_worker_that_is_not_complete_is_no_news(make, state):
    arbiter = make()
    arbiter.start(97)
    arbiter.post(1, 30, state)
    assert arbiter.ring() == 1


def test_ttin_and_ttou_on_the_ramp_change_what_is_asked_for_and_admit_nobody(make):
    arbiter = make()
    arbiter.start(5)
    assert arbiter.ttin() == 1
    assert arbiter.ttin() == 1
    assert arbiter.board["configured"] == 7
    arbiter.post(1, 30)
    assert arbiter.ring() == 7


def test_ttou_after_the_ramp_takes_one_away_and_ttin_gives_it_back(make):
    arbiter = ramped(make())
    assert arbiter.ttou() == FITS - 1
    assert arbiter.board["configured"] == FITS - 1
    assert arbiter.ttin() == FITS
    assert arbiter.board["configured"] == FITS


def test_an_old_master_that_sends_its_workers_home_keeps_none(make, rings):
    """SIGWINCH after SIGUSR2, in a daemon; SIGHUP brings them back."""
    arbiter = make(512)
    arbiter.start(97)
    arbiter.post(1, 30)
    arbiter.ring()
    arbiter.num_workers = 0
    assert (arbiter.num_workers, arbiter.board["target"]) == (0, 0)
    arbiter.WORKERS.clear()
    arbiter.end(0)
    assert arbiter.reload(97) >= 1


def test_ttin_after_the_ramp_does_not_pass_what_fits(make):
    arbiter = ramped(make())
    for _ in range(3):
        assert arbiter.ttin() == FITS
    assert arbiter.board["configured"] == 97  # which is still what was asked for


@pytest.mark.parametrize("asked", [3, 97])
def test_a_ring_too_many_asks_for_nothing(make, asked):
    """It may be queued twice, or after a person's SIGTTIN has ended the ramp."""
    arbiter = ramped(make(), asked=asked)
    before = arbiter.num_workers
    for _ in range(3):
        assert arbiter.ring() == before
    assert arbiter.board["configured"] == asked


def test_a_persons_ttin_that_finds_news_ends_the_ramp_and_counts(make, rings):
    arbiter = make()
    arbiter.start(3)
    arbiter.post(1, 30)
    assert arbiter.ttin() == 4
    assert not rings
    assert arbiter.ring() == 4


def test_where_gunicorn_looks_different_a_ring_by_signal_is_taken_once(make, monkeypatch):
    """The signal comes to the gate as a person's would."""
    sent = []
    monkeypatch.setattr("flask_bootcheck.gunicorn.governor.ring_by_signal", lambda: sent.append(1))
    arbiter = make()
    arbiter.start(3)
    arbiter.post(1, 30)
    arbiter.governor._ring()
    assert sent == [1]
    assert arbiter.ttin() == 3  # the ring
    assert arbiter.ttin() == 4  # a person's


def test_where_gunicorn_is_as_known_the_ring_is_no_signal(make, monkeypatch):
    arbiter = make()
    arbiter.SIG_NAMES, arbiter.SIG_QUEUE, queued = {1: "hup"}, [], []
    arbiter.signal = lambda number, _frame: queued.append(number)
    arbiter.start(3)
    arbiter.post(1, 30)
    arbiter.governor._ring()
    (number,) = queued
    handler = getattr(arbiter, f"handle_{arbiter.SIG_NAMES[number]}")
    handler()
    assert arbiter.num_workers == 3


def test_sighup_admits_what_fits_beside_the_old_and_jumps_when_they_are_gone(make, rings):
    arbiter = ramped(make(limit=1024))
    before = arbiter.num_workers
    indices = [0, *(arbiter.post(age, 30) for age in range(2, before + 1))]
    arbiter.board["booted_at"] = 1.0
    first = arbiter.reload(97)
    assert first == 1  # the old fill all there is
    assert rings
    new = arbiter.worker_age
    arbiter.post(new, 30)
    assert arbiter.ring() == first  # the old have not ended
    assert not arbiter.governor._has_news()
    for index in indices:
        arbiter.end(index)
    assert arbiter.governor._has_news()
    assert arbiter.ring() == before
    assert not arbiter.board["deciding"]  # it was serving all the time


def test_sighup_beside_few_old_workers_admits_more_than_one(make):
    arbiter = ramped(make(limit=1024), asked=4)
    assert arbiter.num_workers == 4
    fits = arbiter.board["fits"]
    assert arbiter.reload(97) == fits - 4


def test_sighup_of_a_count_that_did_not_matter_minds_the_old_workers(make):
    """2 of 700 MiB fit into 2 GiB, 4 do not; a guess of 512 MiB a worker would let all pass."""
    arbiter = make(limit=2048)
    assert arbiter.start(2) == 2
    arbiter.post(1, 700)
    arbiter.post(2, 700)
    assert arbiter.reload(2) == 1


def test_sighup_while_ramping_starts_another_ramp(make, rings):
    arbiter = make()
    arbiter.start(97)
    assert arbiter.reload(50) == 1
    assert len(rings) == 1
    assert arbiter.board["configured"] == 50
    arbiter.post(2, 30)
    assert arbiter.ring() == FITS


def test_the_maximum_bounds_all_of_it(make):
    arbiter = ramped(make(max_workers=4))
    assert arbiter.num_workers == 4
    assert arbiter.ttin() == 4
    assert make(None, max_workers=3).start(97) == 3


def test_warn_admits_all_and_measures_all_the_same(make, rings):
    arbiter = make(overcommit="warn")
    assert arbiter.start(97) == 97
    assert not arbiter.board["deciding"]
    assert rings
    assert arbiter.ttin() == 98  # a person's
    arbiter.post(1, 30)
    assert arbiter.ring() == 98
    assert (arbiter.board["fits"], arbiter.board["target"]) == (FITS, 98)
    assert "of 512 MiB" in arbiter.board.why


def test_refuse_halts_after_the_first_worker_with_one_message_and_the_budget(make):
    arbiter = make(overcommit="refuse")
    assert arbiter.start(97) == 1
    arbiter.post(1, 30)
    with pytest.raises(HaltServer) as halt:
        arbiter.ring()
    assert halt.value.exit_status == 78
    assert halt.value.reason.startswith("bootcheck: 97 workers ")
    assert f" {FITS} fit" in halt.value.reason
    assert "missing" in halt.value.reason
    assert "BOOTCHECK_OVERCOMMIT=cap" in halt.value.reason


def test_refuse_lets_pass_what_fits(make):
    assert ramped(make(overcommit="refuse"), asked=4).num_workers == 4
    assert ramped(make(overcommit="refuse", max_workers=4), asked=97).num_workers == 4


def test_refuse_never_ends_a_server_that_serves(make):
    arbiter = ramped(make(overcommit="refuse"), asked=4)
    arbiter.board["booted_at"] = 1.0
    assert arbiter.ttin() == 5
    arbiter.reload(97)
    arbiter.end(0)
    arbiter.post(arbiter.worker_age, 30)
    assert arbiter.ttin() == FITS


def test_a_saved_forecast_needs_no_first_worker(make, rings, tmp_path):
    save(tmp_path, 60, 40)
    arbiter = make()
    assert arbiter.start(97) == 1 + (512 * 0.8 - 60 * 1.05) // (40 * 1.05)
    assert not rings
    assert FILE_NAME in arbiter.board.why


def test_a_saved_forecast_of_other_conditions_is_told_and_not_taken(make, tmp_path):
    save(tmp_path, 60, 40, worker_class="gthread")
    arbiter = make()
    assert arbiter.start(97) == 1
    (line,) = arbiter.log.lines
    assert FILE_NAME in line
    assert "worker_class 'gthread'" in line


def test_refuse_with_a_saved_forecast_ends_before_any_worker(make, tmp_path):
    save(tmp_path, 60, 40)
    arbiter = make(overcommit="refuse")
    with pytest.raises(SystemExit) as ended:
        arbiter.start(97)
    assert ended.value.code == 78
    assert not arbiter.WORKERS
    (line,) = arbiter.log.lines
    assert line.startswith("bootcheck: 97 workers asked for, 9 fit: fixed 20 MiB")


@pytest.mark.parametrize("asked", [1, 9])
def test_refuse_with_a_saved_forecast_lets_pass_what_fits(make, tmp_path, asked):
    save(tmp_path, 60, 40)
    assert make(overcommit="refuse").start(asked) == asked


def test_refuse_without_a_limit_refuses_nothing(make, tmp_path):
    save(tmp_path, 60, 40)
    assert make(None, overcommit="refuse").start(97) == 97


def test_what_others_use_is_not_there_for_workers(make, tmp_path, machine):
    """Another process in the container, or the old master and its workers during USR2."""
    save(tmp_path, 60, 40)
    machine.limit, machine.others = 512 * MIB, 150 * MIB
    arbiter = make(None)
    assert arbiter.start(97) == 1 + (512 * 0.8 - 150 - 60 * 1.05) // (40 * 1.05)
    assert "others 150 MiB" in arbiter.board.why


def test_growth_of_our_own_workers_is_no_others_and_ends_none(make, machine):
    machine.limit, machine.others = 512 * MIB, 0
    arbiter = ramped(make(None))
    for age in range(1, FITS + 1):
        arbiter.post(age, 30)
        machine.held[FIRST_PID + age] = of_size(45)  # what it has posted is from its boot
    for _ in range(2):
        assert arbiter.ttin() == FITS
        assert "others" not in arbiter.board.why
    assert arbiter.board["fits"] < FITS


def test_growth_of_a_worker_of_another_user_is_ours_too(make, machine):
    """Its pages the master may not count; how large its heap is it may know."""
    machine.limit, machine.others = 512 * MIB, 0
    arbiter = ramped(make(None))
    for age in range(1, FITS + 1):
        arbiter.post(age, 30)
        machine.held[FIRST_PID + age] = of_size(45)
        machine.hidden.add(FIRST_PID + age)
    arbiter.ttin()
    assert "others" not in arbiter.board.why


def test_a_worker_more_is_not_admitted_into_what_the_others_have_grown_by(make, machine):
    machine.limit, machine.others = 512 * MIB, 0
    arbiter = ramped(make(None), asked=4)
    assert arbiter.num_workers == 4
    for age in range(1, 5):
        arbiter.post(age, 95)
    assert arbiter.ttin() == 4
    assert arbiter.board["configured"] == 5


def test_after_usr2_the_target_rises_when_the_old_master_is_gone(
    make, tmp_path, monkeypatch, rings, machine
):
    save(tmp_path, 60, 40)
    machine.limit, machine.others = 512 * MIB, 150 * MIB
    monkeypatch.setenv("GUNICORN_PID", str(os.getppid()))
    arbiter = make(None)
    beside = arbiter.start(97)
    assert rings
    assert not arbiter.governor._is_due()
    machine.others = 0
    monkeypatch.delenv("GUNICORN_PID")
    assert arbiter.governor._is_due()
    assert arbiter.ring() == 9
    assert beside < 9
    assert not rings
    assert not arbiter.governor._is_due()


def test_a_limit_that_is_changed_while_it_runs_counts_from_the_next_decision_on(make, machine):
    machine.limit, machine.others = 512 * MIB, 0
    arbiter = ramped(make(None))
    machine.limit = 1024 * MIB
    assert arbiter.ttin() > FITS
    machine.limit = 256 * MIB
    before = filled(arbiter).num_workers
    assert arbiter.ttin() == before  # nobody is ended
    assert arbiter.board["fits"] < FITS


def test_a_reload_never_lowers_what_was_learnt(make, machine):
    """Beside the old workers a new one shares more than it will."""
    arbiter = ramped(make(limit=1024))
    before = arbiter.num_workers
    arbiter.board["booted_at"] = 1.0
    indices = [0, *(arbiter.post(age, 30) for age in range(2, before + 1))]
    arbiter.reload(97)
    for index in indices:
        arbiter.end(index)
    arbiter.post(arbiter.worker_age, 20)
    assert arbiter.ring() == before


@pytest.mark.parametrize(("private", "fits"), [(39, 7), (31, FITS)])
def test_a_reload_raises_what_was_learnt_by_more_than_noise(make, machine, private, fits):
    arbiter = ramped(make())
    arbiter.board["booted_at"] = 1.0
    indices = [0, *(arbiter.post(age, 30) for age in range(2, FITS + 1))]
    arbiter.reload(97)
    for index in indices:
        arbiter.end(index)
    arbiter.post(arbiter.worker_age, private)
    assert arbiter.ring() == fits


def test_a_saved_forecast_that_says_too_little_is_corrected_when_somebody_asks(
    make, tmp_path, machine
):
    save(tmp_path, 60, 40)
    arbiter = make()
    admitted = arbiter.start(12)
    assert admitted == 9
    for age in range(1, 6):
        arbiter.post(age, 55 if age > 2 else 30)
    assert arbiter.ttin() == 9  # nobody is ended
    assert arbiter.board["fits"] < 9
    assert arbiter.board["per_worker"] * 1.05 >= 55 * MIB


def test_a_saved_forecast_is_not_lowered_by_workers_that_have_not_collected(make, tmp_path):
    save(tmp_path, 60, 40)
    arbiter = make()
    arbiter.start(12)
    for age in range(1, 10):
        arbiter.post(age, 10)
    assert arbiter.ttin() == 9
    assert arbiter.board["per_worker"] == 40 * MIB


def test_late_in_a_reload_what_the_old_workers_still_have_is_not_given_away(make, late):
    arbiter = ramped(make(limit=1024))
    before = arbiter.num_workers
    arbiter.board["booted_at"] = 1.0
    indices = [0, *(arbiter.post(age, 30) for age in range(2, before + 1))]
    arbiter.reload(97)
    arbiter.post(arbiter.worker_age, 30)
    late()
    assert arbiter.ring() == 1
    for index in indices:
        arbiter.end(index)
    assert arbiter.governor._has_news()
    assert arbiter.ring() == before


def test_a_guess_that_was_too_large_ends_nobody(make, late):
    arbiter = make(limit=4096)
    arbiter.start(97)
    late()
    guessed = arbiter.ring()
    filled(arbiter).post(1, 1500)
    assert arbiter.ring() == guessed
    assert arbiter.board["fits"] < guessed


def test_a_first_worker_that_hangs_strands_nobody(make, late, rings):
    """Late it goes on by a guess, and by what is true when that comes."""
    arbiter = make(limit=4096)
    assert arbiter.start(97) == 1
    late()
    assert arbiter.governor._has_news()
    guessed = arbiter.ring()
    assert 1 < guessed < 7
    assert "no worker is ready after 30 s" in arbiter.log.lines[0]
    assert "a guess" in arbiter.board.why
    assert not arbiter.board["deciding"]
    assert rings  # still on
    assert not arbiter.governor._has_news()
    arbiter.post(3, 30)
    assert arbiter.ring() > 3 * guessed
    assert not rings


def test_a_worker_that_is_measured_after_the_guess_may_make_refuse_halt(make, late):
    arbiter = make(overcommit="refuse")
    arbiter.start(97)
    late()
    assert arbiter.ring() == 1
    arbiter.post(1, 30)
    with pytest.raises(HaltServer):
        arbiter.ring()


def test_the_time_a_preloaded_app_takes_is_not_the_first_workers(make, late, rings):
    """It is loaded between the gate and the fork, when the master takes no signals yet."""
    arbiter = make()
    arbiter._configure(97)
    assert not rings
    late(300)
    arbiter.governor.ready(arbiter)
    assert rings
    assert not arbiter.governor._has_news()


def test_in_a_trial_everything_asked_for_runs(make, monkeypatch):
    """A forecast measures 2 and 3 workers, whatever fits here."""
    monkeypatch.setenv("BOOTCHECK_TRIAL", "1")
    assert make(limit=64, overcommit="refuse", max_workers=1).start(3) == 3


def test_where_the_count_was_set_is_on_the_board(make, monkeypatch):
    monkeypatch.setattr("sys.argv", ["gunicorn"])
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--workers 97")
    arbiter = make()
    arbiter.start(97)
    assert arbiter.board.where == "GUNICORN_CMD_ARGS"
