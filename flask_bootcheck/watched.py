"""An app under watch, from wiring on: what is needed to make its monitor when there is work.

Wiring must cost nothing: the monitor, and all that it imports, comes with the first need.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from .engines import Known
    from .monitor import Monitor
    from .registry import Registry


class Watched:
    """``keywords`` are the settings as the user gave them, ``registry`` makes the checks,
    ``engines`` grows by what the app shows to ``watch``. ``app`` is ``None`` where none was found
    behind what a server calls."""

    def __init__(
        self,
        app: Flask | None,
        settings: Settings,
        keywords: dict[str, Any],
        registry: Callable[[], Registry],
        engines: Sequence[Known] = (),
    ) -> None:
        self.app = app
        self.settings = settings
        self.keywords = keywords
        self.registry = registry
        self.engines = engines

    @cached_property
    def monitor(self) -> Monitor:
        """The one monitor of this app in this process."""
        from .monitor import Monitor

        made = Monitor(self.app, self.settings, self.keywords, self.registry())
        # Several threads may come here with the first request: from Python 3.12 on nothing locks
        # them out. All take the one that is there first, since a second would run all checks again.
        first: Monitor = self.__dict__.setdefault("monitor", made)
        return first
