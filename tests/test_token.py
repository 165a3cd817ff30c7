"""What opens the details, and what anybody else can make us do."""

from __future__ import annotations

import hmac
import itertools
import threading
import time
import weakref
from collections import Counter
from typing import Any

import hypothesis
import pytest
from flask import Flask
from hypothesis import strategies as st

from flask_bootcheck import BootCheck, monitor
from flask_bootcheck.errors import SettingError
from flask_bootcheck.rounds import Rounds
from flask_bootcheck.settings import Settings, read_settings

from .watched import TOKEN, ask, entry, health, health_when, is_settled, make_app, with_check

#: Ways to send a token that is none.
NOTHING = ["", " ", "Bearer", "Bearer ", "Bearer   ", "bearer", "None", "Bearer None", "Bearer \t"]


def opens(app: Flask, given: str) -> bool:
    """Whether this header opens the details."""
    return "workers" in ask_raw(app, given)


def ask_raw(app: Flask, given: str) -> dict[str, Any]:
    """The answer to a header as a server puts it into the environ: bytes as Latin-1."""
    answer = app.test_client().get("/healthz", environ_overrides={"HTTP_AUTHORIZATION": given})
    return dict(answer.json or {})


@pytest.fixture(scope="module")
def app() -> Flask:
    app = make_app(blueprints="cart", ttl=600)
    health_when(app, is_settled)
    return app


@pytest.mark.parametrize(
    "given",
    [
        f"Bearer {TOKEN}",
        f"bearer {TOKEN}",
        f"BEARER {TOKEN}",
        f"Bearer    {TOKEN}",
        f"Bearer {TOKEN}  ",
    ],
)
def test_the_scheme_may_be_in_any_case_and_spaces_may_be_more(app, given):
    """As RFC 7235 has it."""
    assert opens(app, given)


@pytest.mark.parametrize(
    "given",
    [
        *NOTHING,
        TOKEN,
        f" Bearer {TOKEN}",
        f"Bearer\t{TOKEN}",
        f"Bearer{TOKEN}",
        f"Bearer {TOKEN.upper()}",
        f"Bearer {TOKEN}{TOKEN}",
        f"Bearer {TOKEN},Bearer {TOKEN}",  # what gunicorn makes of two headers
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}\0",
        f"Basic {TOKEN}",
        f"Bearer {'x' * 10_000_000}",
        f"{'Bearer ' * 1000}{TOKEN}",
        "Bearer \udcff\ud800\u20ac",
    ],
)
def test_nothing_else_opens_them(app, given):
    assert not opens(app, given)


@hypothesis.given(st.text())
def test_no_other_text_opens_them(given):
    app = make_app(path="/up", ttl=600)
    endpoint: Any = app.wsgi_app
    environ = {"HTTP_AUTHORIZATION": given}
    assert endpoint._details(environ) == "areas"
    assert endpoint._details({"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}) == "all"


@pytest.mark.parametrize("given", [None, 7, b"Bearer " + TOKEN.encode(), [TOKEN]])
def test_what_no_server_puts_there_opens_nothing(app, given):
    assert app.wsgi_app._details({"HTTP_AUTHORIZATION": given}) == "areas"


@pytest.mark.parametrize("token", ["", " ", "\t \n", None])
@pytest.mark.parametrize("source", ["environment", "keyword"])
def test_a_token_of_nothing_opens_nothing(monkeypatch, token, source):
    if source == "environment":
        monkeypatch.setenv("BOOTCHECK_TOKEN", token or "")
    app = make_app(token=token if source == "keyword" else None, ttl=600)
    for given in NOTHING:
        assert not opens(app, given), given


@pytest.mark.parametrize(
    ("token", "sent"),
    [
        ("schlüssel-ключ", "schlüssel-ключ".encode()),
        ("ends-in-à", "ends-in-à".encode()),  # whose last byte is a space in Latin-1
        ("raw-\udcff\udcfe", b"raw-\xff\xfe"),  # as os.environ has what is no UTF-8
        (" from-a-file\n", b"from-a-file"),
        ("with a space", b"with a space"),
    ],
)
def test_a_token_may_be_of_any_bytes(token, sent):
    app = make_app(token=token, ttl=600)
    assert opens(app, f"Bearer {sent.decode('latin-1')}")
    assert not opens(app, f"Bearer {sent[:-1].decode('latin-1')}")


def test_a_token_that_no_header_can_carry_is_refused_and_not_shown():
    with pytest.raises(SettingError) as raised:
        read_settings({"token": "abc\ud800"}, environ={})
    assert str(raised.value) == "token= is ***, expected text that a header can carry"


def test_the_token_is_in_no_text_of_ours(app):
    """Also where it is no variable, whose name tells that it is a secret."""
    assert TOKEN not in repr(Settings(token=TOKEN))

    def says_it():
        raise RuntimeError(f"401 for {TOKEN}")

    told = with_check(says_it)
    found = entry(health_when(told, is_settled), "queue.stuck")
    assert found["output"] == "RuntimeError: 401 for ***"
    bootcheck = BootCheck()
    bootcheck.check("queue.stuck")(says_it)
    assert TOKEN not in str(bootcheck.run(make_app(bootcheck)).findings)


# -- what it costs ---------------------------------------------------------------------------------


@pytest.fixture
def work(monkeypatch) -> Counter[str]:
    """Counts rounds, looks at the board, and what is asked of the monitor. Those of apps made before
    do not count: a round of another test may end just now."""
    counted: Counter[str] = Counter()
    ours: weakref.WeakSet[Any] = weakref.WeakSet()

    def remember(owner: Any) -> None:
        original = owner.__init__

        def remembering(self: Any, *args: Any, **kwargs: Any) -> None:
            ours.add(self)
            original(self, *args, **kwargs)

        monkeypatch.setattr(owner, "__init__", remembering)

    def count(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def counting(*args: Any, **kwargs: Any) -> Any:
            counted[name] += owner is hmac or args[0] in ours
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, counting)

    remember(Rounds)
    remember(monitor.Monitor)
    count(Rounds, "_round")
    count(monitor.Monitor, "_look")
    count(monitor.Monitor, "answer")
    count(monitor.Monitor, "touch")
    count(hmac, "compare_digest")
    return counted


#: Requests of somebody without the token.
UNAUTHORISED: list[dict[str, Any]] = [
    {"path": path, "method": method, "headers": {"Authorization": given} if given else {}}
    for path, method, given in itertools.product(
        ["/healthz", "/healthz/", "/readyz", "/livez", "/healthz/x", "//healthz", "/", "/%00"],
        ["GET", "HEAD", "POST", "OPTIONS", "PURGE", "get"],
        ["", "Bearer wrong", f"Basic {TOKEN}", "x" * 5000],
    )
]


def send(app: Flask) -> None:
    """All of them."""
    client = app.test_client()
    for request in UNAUTHORISED:
        client.open(**request)


def test_whoever_has_no_token_causes_no_work_within_the_ttl(work, monkeypatch):
    monkeypatch.setattr(monitor, "SCAN_SECONDS", 600)
    app = make_app(blueprints="cart", ttl=600)
    health_when(app, is_settled)
    before = work["_round"], work["_look"]
    for _ in range(3):
        send(app)
    assert (work["_round"], work["_look"]) == before


def test_and_no_more_than_a_round_a_ttl_and_a_look_a_second_over_time(work, monkeypatch):
    """From several threads at once, with clocks that go faster here."""
    monkeypatch.setattr(monitor, "SCAN_SECONDS", 0.2)
    app = make_app(ttl=0.3)
    health_when(app, is_settled)
    work.clear()
    started = time.monotonic()

    def hammer() -> None:
        while time.monotonic() < started + 1:
            send(app)

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    assert work["answer"] > 50
    assert work["_round"] <= seconds / 0.3 + 1
    # A round looks when it ends, too.
    assert work["_look"] <= seconds / 0.2 + 1 + work["_round"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz/", "/livez"])
def test_a_wrong_method_asks_nothing_of_anybody(work, app, path):
    for method in ("POST", "OPTIONS", "PURGE"):
        assert app.test_client().open(path, method=method).status_code == 405
    assert not +work


def test_the_token_is_compared_before_anything_is_looked_at(app, monkeypatch):
    order: list[str] = []
    compare, answer = hmac.compare_digest, monitor.Monitor.answer

    def comparing(*args: Any) -> bool:
        order.append("compare")
        return compare(*args)

    def answering(*args: Any) -> Any:
        order.append("answer")
        return answer(*args)

    monkeypatch.setattr(hmac, "compare_digest", comparing)
    monkeypatch.setattr(monitor.Monitor, "answer", answering)
    for given in (f"Bearer {TOKEN}", "Bearer wrong"):
        ask(app, Authorization=given)
        assert order == ["compare", "answer"]
        order.clear()


def test_the_liveness_answer_has_no_details_to_open(app, work):
    assert health(app, "/livez").json == {"status": "pass"}
    assert not +work
