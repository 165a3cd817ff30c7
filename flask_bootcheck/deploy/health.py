"""The health path that ``init`` writes: only one that something answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .code import Code, read_code
from .plan import DeployPlan, Process
from .source import Unreadable, read_text

#: Our own conf, which answers for an app that does not know us.
_OURS = "flask_bootcheck.gunicorn.conf"
#: Where we answer besides.
_BESIDES = frozenset(["/readyz", "/livez"])
#: Where apps answer that do not know us, the usual ones first.
_USUAL = ("/healthz", "/health", "/healthcheck", "/health-check", "/up", "/ping")


@dataclass(frozen=True, slots=True)
class Health:
    """Who would answer a health check of a project's, and where.

    ``start`` is its start command, ``process`` what that starts; ``own_path`` is where a ``BootCheck``
    answers that nobody has told otherwise.
    """

    root: Path
    plan: DeployPlan
    start: str
    process: Process
    own_path: str
    target: str = ""

    def path(self, named: str | None) -> tuple[str | None, tuple[str, ...]]:
        """The path to write, and what is to be done by hand.

        :param named: what a file says already, which stays.
        """
        code = read_code(self.root)
        told = self.process.variable("BOOTCHECK_PATH")
        own = str(told.value) if told is not None else code.own_path or self.own_path
        ours = {own, *_BESIDES} if self._is_wired(code) and self._is_installed() else set[str]()
        tries = (named,) if named is not None else (own, *_USUAL)
        found = next((path for path in tries if path in ours or code.answers(path)), None)
        if found is not None:
            return found, ()
        return named, tuple(self._missing(code, named, own))

    def _missing(self, code: Code, named: str | None, own: str) -> Iterator[str]:
        kept = "" if named is not None else ", so none is written"
        yield (
            f"nothing in the project answers a health check at {named or own}{kept}: do what follows, "
            "then run this again"
        )
        if not self._is_installed():
            files = self.plan.dependencies
            file = next((file for file in files if file.endswith(".txt")), files[0])
            yield f"{file}: flask-bootcheck"
        if not self._is_wired(code):
            yield f"{self._app_file()}: from flask_bootcheck import BootCheck; BootCheck(app)"
        if named is not None and named != own:
            yield f'.railway/railway.py: healthcheck="{own}"'

    def _is_installed(self) -> bool:
        return "flask-bootcheck" in self.plan.packages or not self.plan.dependencies

    def _is_wired(self, code: Code) -> bool:
        return code.wired or _OURS in self.start or _OURS in self._script()

    def _script(self) -> str:
        """The file in which gunicorn is started."""
        target = self.process.target
        try:
            return read_text(self.root / target.place.file) if target is not None else ""
        except Unreadable:
            return ""

    def _app_file(self) -> str:
        """The file with the app."""
        target = str(self.process.target) if self.process.target is not None else self.target
        module = target.partition(":")[0].replace(".", "/")
        folder = f"{self.process.folder}/" if self.process.folder else ""
        for file in (f"{folder}{module}.py", f"{folder}{module}/__init__.py"):
            if (self.root / file).is_file():
                return file
        return "where the app is made"
