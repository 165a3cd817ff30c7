"""Somebody who probes all the time, and what they see."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from threading import Event, Thread
from typing import TypeVar

from ..servers.server import Server, until

T = TypeVar("T")

#: Between two probes.
STEP_SECONDS = 0.05
#: Each worker looks at the board once a second: until all have, they may differ.
STEADY_SECONDS = 1.5
#: Whose last look is older than that is waiting for an answer.
_JUST_NOW = 0.2


@dataclass(frozen=True)
class Look:
    """One probe. ``code`` is 0, and ``status`` says why, when no answer came; ``not ours`` is an answer
    of somebody else, as gunicorn's own page."""

    at: float
    code: int
    status: str
    #: The ids of what fails, or else of what warns.
    ids: frozenset[str] = frozenset()
    ended: float = 0.0

    @property
    def seen(self) -> str:
        """What a person would note down."""
        if not self.code:
            return self.status
        ids = ", ".join(f"`{name}`" for name in sorted(self.ids))
        return f"{self.code} {self.status}" + (f" ({ids})" if ids else "")


@dataclass
class Watch:
    """Probes ``/healthz`` with the token, from another thread, until it is left.

    :param timeout: seconds after which a probe is given up, as a platform does.
    """

    server: Server
    timeout: float = 2.0
    path: str = "/healthz"
    looks: list[Look] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)

    def __enter__(self) -> Watch:
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(STEP_SECONDS):
            self.looks.append(replace(self._look(), ended=time.monotonic()))

    def _look(self) -> Look:
        at = time.monotonic()
        try:
            answer = self.server.health(self.timeout, self.path)
        except TimeoutError:
            return Look(at, 0, "no answer")
        except ConnectionRefusedError:
            return Look(at, 0, "refused")
        except (OSError, http.client.HTTPException):
            return Look(at, 0, "connection lost")
        try:
            status = str(answer.data["status"])
        except (ValueError, TypeError):
            return Look(at, answer.status, "not ours")
        ids = {"fail": answer.failing, "warn": answer.warning}.get(status, set())
        return Look(at, answer.status, status, frozenset(ids))

    # -- what was seen ----------------------------------------------------------------------------

    def sees(self, expected: Callable[[Look], bool], seconds: float = 20) -> Look:
        """The first look from now on that is as expected.

        :raises AssertionError: when none is in that many seconds; with all that was seen.
        """
        start = len(self.looks)
        return self._until(
            lambda: next((look for look in self.looks[start:] if expected(look)), None), seconds
        )

    def settles(self, expected: Callable[[Look], bool], seconds: float = 20) -> None:
        """Waits until for a while nothing but such looks was seen, so that all workers agree.

        :raises AssertionError: when that is not so in that many seconds; with all that was seen.
        """
        start = time.monotonic()

        def is_steady() -> bool:
            since = max(start, time.monotonic() - STEADY_SECONDS)
            recent = [look for look in self.looks if look.at >= since]
            is_long = time.monotonic() - start > STEADY_SECONDS
            is_answered = bool(recent) and time.monotonic() - recent[-1].ended < _JUST_NOW
            return is_long and is_answered and all(map(expected, recent))

        self._until(is_steady, seconds)

    def _until(self, look: Callable[[], T | None], seconds: float) -> T:
        try:
            return until(look, seconds, self.server)
        except AssertionError as error:
            raise AssertionError(f"{error}\nseen: {self.story}") from None

    @property
    def codes(self) -> list[int]:
        """The status codes in order, each once while it lasts; 0 for no answer."""
        return [code for code, _ in groupby(look.code for look in self.looks)]

    @property
    def statuses(self) -> list[str]:
        """``pass``, ``warn``, ``fail`` or why there was no answer, each once while it lasts."""
        return [status for status, _ in groupby(look.status for look in self.looks)]

    @property
    def ids(self) -> set[str]:
        """All checks that failed, or warned while none failed."""
        return set().union(*(look.ids for look in self.looks))

    @property
    def story(self) -> list[tuple[str, float]]:
        """What was seen, in order, each with the seconds until something else was."""
        return list(self._story())

    def _story(self) -> Iterator[tuple[str, float]]:
        firsts = [next(looks) for _, looks in groupby(self.looks, key=lambda look: look.seen)]
        if not firsts:
            return
        ends = [look.at for look in firsts[1:]] + [self.looks[-1].at]
        for look, end in zip(firsts, ends, strict=True):
            yield look.seen, end - look.at

    def seconds(self, of: Callable[[Look], bool]) -> float:
        """The longest time for which nothing but such looks was seen."""
        longest = 0.0
        start: float | None = None
        for look in self.looks:
            if of(look):
                start = look.at if start is None else start
            elif start is not None:
                longest, start = max(longest, look.at - start), None
        return max(longest, self.looks[-1].at - start) if start is not None else longest
