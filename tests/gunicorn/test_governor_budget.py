"""How many workers go on running: after a reload, after a signal, and when one ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flask_bootcheck.gunicorn import estimate
from flask_bootcheck.memory.model import charge

from .standin import FIRST_PID, FITS, MIB, Arbiter, of_size, ramped

# -- before anything is measured ----------------------------------------------------------------------


def test_a_ttin_that_could_matter_minds_what_the_workers_have_measured(make):
    """2 could not matter, so nothing was decided on; a third of 700 MiB does."""
    arbiter = make(limit=1800)
    assert arbiter.start(2) == 2
    arbiter.post(1, 700)
    arbiter.post(2, 700)
    assert arbiter.ttin() == 2
    assert arbiter.board["per_worker"] > 700 * MIB


def test_a_ttin_that_could_not_matter_is_not_bounded_by_a_guess(make):
    """3 of 512 MiB fit beside nothing, and the master is small."""
    arbiter = make(limit=1930)
    assert arbiter.start(2) == 2
    assert arbiter.ttin() == 3


def test_what_could_matter_is_seen_against_the_limit_less_the_headroom(make):
    assert make(limit=2048).start(4) == 1


@pytest.mark.parametrize(
    ("limit", "private"),
    [(2600, 500), (4096, 700)],
    ids=["beside the old workers", "for workers larger than the guess"],
)
def test_a_reload_that_could_matter_admits_one(make, limit, private):
    arbiter = make(limit=limit)
    assert arbiter.start(3) == 3
    for age in (1, 2, 3):
        arbiter.post(age, private)
    assert arbiter.reload(3) == 1


def test_a_reload_knows_the_old_workers_though_none_was_a_first_one(make):
    arbiter = make(limit=2600)
    assert arbiter.start(2) == 2
    for age in (1, 2):
        arbiter.post(age, 300)
    assert arbiter.reload(4) == 3
    assert arbiter.board["fits"] == 5


def test_one_large_worker_does_not_make_all_large(make):
    arbiter = ramped(make(), asked=6)
    arbiter.post(2, 90)
    assert arbiter.ttin() == 7


# -- after a reload -----------------------------------------------------------------------------------


def begun(arbiter: Arbiter) -> Arbiter:
    """All that were forked are ready, and a reload has begun."""
    arbiter.board["booted_at"] = 1.0
    for age in range(2, len(arbiter.WORKERS) + 1):
        arbiter.post(age, 30)
    arbiter.reload(97)
    return arbiter


def ended(arbiter: Arbiter, private: int) -> int:
    """The old workers are gone, and the first new one has measured itself; how many run then."""
    for pid in [pid for pid in arbiter.machine.held if pid < FIRST_PID + arbiter.worker_age]:
        arbiter.machine.held.pop(pid)
        arbiter.WORKERS.pop(pid, None)
    arbiter.post(arbiter.worker_age, private)
    return arbiter.ring()


#: By what is measured of it after a reload one fewer would fit, and is over by no more than noise.
NOISY = 33


@pytest.mark.parametrize(
    ("private", "runs"), [(30, FITS), (NOISY, FITS), (35, FITS - 2), (39, FITS - 3)]
)
def test_a_reload_keeps_what_ran_unless_its_worker_is_larger_by_more_than_noise(
    make, private, runs
):
    arbiter = begun(ramped(make()))
    assert ended(arbiter, private) == runs
    assert arbiter.board["fits"] == runs


@pytest.mark.parametrize(("private", "runs"), [(96, 3), (105, 2)])
def test_it_keeps_what_leaves_room_for_the_next_reload(make, private, runs):
    """Of 512 MiB, where a worker is larger than the headroom."""
    arbiter = ramped(make(), private=80)
    assert arbiter.num_workers == 3
    assert ended(begun(arbiter), private) == runs
    assert "reload" not in arbiter.board.why or runs < 3


@pytest.mark.parametrize(("private", "others", "runs"), [(NOISY, 30, 8), (96, 30, 2)])
def test_what_others_take_meanwhile_is_no_noise(make, machine, private, others, runs):
    machine.limit, machine.others = 512 * MIB, 0
    arbiter = begun(ramped(make(None), private=30 if private == NOISY else 80))
    machine.others = others * MIB
    assert ended(arbiter, private) == runs


def test_what_ran_and_left_no_room_for_one_more_is_not_kept(make):
    arbiter = ramped(make())
    for age in range(1, FITS + 1):
        arbiter.post(age, 42)
    arbiter.reload(97)
    assert ended(arbiter, NOISY) == FITS - 1


def test_nor_is_it_kept_where_others_left_no_room(make, machine):
    machine.limit, machine.others = 512 * MIB, 0
    arbiter = ramped(make(None))
    machine.others = 130 * MIB
    begun(arbiter)
    machine.others = 0
    assert ended(arbiter, NOISY) == FITS - 1


def test_a_reload_on_top_of_a_reload_keeps_what_ran_before_both(make):
    arbiter = begun(ramped(make()))
    assert arbiter.reload(97) == 1
    assert ended(arbiter, NOISY) == FITS


def test_workers_that_a_person_has_sent_home_are_not_kept(make):
    """They still end when the reload begins."""
    arbiter = ramped(make())
    arbiter.ttou()
    arbiter.ttou()
    assert ended(begun(arbiter), NOISY) == FITS - 1


def test_what_was_kept_stays_so_for_a_persons_ttin(make):
    arbiter = begun(ramped(make()))
    assert ended(arbiter, NOISY) == FITS
    arbiter.ttou()
    assert arbiter.ttin() == FITS


def test_what_was_kept_and_went_over_budget_later_does_not_come_back(make):
    arbiter = begun(ramped(make()))
    ended(arbiter, NOISY)
    first = arbiter.worker_age
    arbiter.WORKERS[FIRST_PID + first + 1] = object()
    arbiter.machine.held[FIRST_PID + first] = of_size(500)
    exits(arbiter, first + 1)
    assert arbiter.num_workers == FITS - 1
    arbiter.machine.held[FIRST_PID + first] = of_size(NOISY)
    assert arbiter.ttin() == FITS - 1


# -- when one ends ------------------------------------------------------------------------------------


class Gone:
    """A worker that has ended."""

    pid = 0


def exits(arbiter: Arbiter, age: int) -> None:
    """A worker of that age ends, and gunicorn tells."""
    arbiter.machine.held.pop(FIRST_PID + age, None)
    arbiter.WORKERS.pop(FIRST_PID + age, None)
    arbiter.governor.exited(arbiter, Gone)


@pytest.fixture(params=["said", "enforced"])
def bounded(make, machine, request) -> Callable[..., Arbiter]:
    """Makes masters under 512 MiB: told to them, or those of a container, which counts what is used."""

    def arbiter(**settings) -> Arbiter:
        limit = 512 if request.param == "said" else None
        if limit is None:
            machine.limit, machine.others = 512 * MIB, 0
        made: Arbiter = make(limit, **settings)
        return made

    return arbiter


def test_over_budget_the_one_that_ends_is_not_replaced_and_it_is_said(bounded):
    arbiter = ramped(bounded(), asked=4)
    per_worker = arbiter.board["per_worker"]
    arbiter.post(2, 30)
    exits(arbiter, 2)
    assert arbiter.num_workers == 4
    arbiter.post(3, 500)
    exits(arbiter, 2)
    assert arbiter.num_workers == arbiter.cfg.workers == 3
    board = arbiter.board
    assert (board["configured"], board["target"], board["fits"]) == (4, 3, 3)
    assert board.why.startswith("over budget: 2 live workers need ")
    assert board["per_worker"] == per_worker


def test_over_the_room_it_is_not_replaced_though_the_limit_would_hold_it(bounded):
    arbiter = ramped(bounded(), asked=4)
    for age in (1, 2, 3):
        arbiter.post(age, 128)
    exits(arbiter, 4)
    assert arbiter.num_workers == 3


def test_within_the_room_it_is_not_replaced_where_the_limit_would_not_hold_it(bounded):
    arbiter = ramped(bounded(memory_headroom=0.1), asked=3, private=60)
    assert arbiter.num_workers == 3
    for age in (1, 2):
        arbiter.post(age, 210)
    exits(arbiter, 3)
    assert arbiter.num_workers == 2


@pytest.mark.parametrize(("grown", "runs"), [(120, 4), (130, 3)])
def test_what_workers_that_boot_will_need_is_counted(bounded, grown, runs):
    arbiter = ramped(bounded(memory_headroom=0), asked=4, private=90)
    assert arbiter.num_workers == 4
    for age, private in ((1, grown), (2, grown), (3, 5)):
        arbiter.post(age, private)
    exits(arbiter, 4)
    assert arbiter.num_workers == runs


def test_what_others_use_is_over_budget_too(make, machine):
    machine.limit, machine.others = 512 * MIB, 0
    arbiter = ramped(make(None), asked=4)
    for age in (2, 3):
        arbiter.post(age, 30)
    machine.others = 300 * MIB
    exits(arbiter, 4)
    assert arbiter.num_workers == 3


def test_far_within_the_budget_nobody_is_measured(make, machine, monkeypatch):
    """Up to gunicorn 23 it is a signal handler that hears of an end."""
    machine.limit, machine.others = 512 * MIB, 0
    arbiter = ramped(make(None), asked=4)
    monkeypatch.setattr(estimate, "take_census", lambda *_: pytest.fail("measured"))
    exits(arbiter, 4)
    assert arbiter.num_workers == 4


def test_the_size_of_a_worker_is_told_also_where_none_was_a_first_one(make):
    arbiter = make(limit=2048)
    assert arbiter.start(2) == 2
    arbiter.post(2, 1800)
    exits(arbiter, 1)
    assert arbiter.num_workers == 1
    assert arbiter.board["per_worker"] == charge(of_size(1800))


def test_one_that_ends_while_as_many_live_as_shall_ends_no_other(make):
    """After SIGTTOU: the target has fallen already."""
    arbiter = ramped(make(), asked=5)
    for age in range(1, 6):
        arbiter.post(age, 300)
    arbiter.ttou()
    exits(arbiter, 1)
    assert arbiter.num_workers == 4


def test_a_server_that_ends_measures_nobody(make, monkeypatch):
    arbiter = ramped(make(), asked=4)
    arbiter.LISTENERS = []
    arbiter.post(2, 500)
    exits(arbiter, 1)
    assert arbiter.num_workers == 4


def test_over_budget_the_last_worker_is_replaced(make):
    arbiter = ramped(make(), asked=2)
    arbiter.post(2, 500)
    for age in (1, 3, 3, 3, 2):
        exits(arbiter, age)
    assert arbiter.num_workers == 1


def test_old_workers_that_end_in_a_reload_are_not_over_budget(make):
    arbiter = ramped(make())
    for age in range(2, arbiter.num_workers + 1):
        arbiter.post(age, 45)
    arbiter.board["booted_at"] = 1.0
    arbiter.reload(97)
    target = arbiter.board["target"]
    arbiter.governor.exited(arbiter, Gone)
    assert arbiter.board["target"] == target


@pytest.mark.parametrize("overcommit", ["warn", "refuse"])
def test_other_policies_replace_whoever_ends(make, overcommit):
    arbiter = make(overcommit=overcommit)
    arbiter.start(2)
    arbiter.post(1, 30)
    arbiter.ring()
    arbiter.post(2, 500)
    arbiter.governor.exited(arbiter, Gone)
    assert arbiter.num_workers == 2
