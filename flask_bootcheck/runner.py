"""Running checks: in order, each isolated, the slow ones with a deadline.

Whatever a check does, it becomes a result. A result is scrubbed of credentials here, so that none
leaves unscrubbed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from .boot import Boot, Stage
from .engines import has_databases, has_engines, why_not_seen
from .findings import Attempt, Finding, Report, Result, Status, fail, warn, worst
from .migrations import why_not_looked_at
from .native import start_as_patched, start_native
from .registry import NEEDS, OF_FILES, Check
from .said import Said
from .scrubbing import Redact, scrub, text_of

if TYPE_CHECKING:
    from .deploy.plan import DeployPlan

#: Starts a function in a thread of some kind, which it names.
Start = Callable[[Callable[[], None], str], None]

#: How many things a check of others may say.
_MOST_SAID = 1000

#: How often somebody who waits for a thread looks; short against any deadline, and cheap.
POLL_SECONDS = 0.005


def run(checks: Iterable[Check], boot: Boot, redact: Redact) -> Report:
    """Run checks and wait for them: for the command line and for callers of our own.

    What may hang (every LIVE check, and every check that is not ours) has a thread and a deadline.
    """
    return Report(tuple(_run_and_wait(check, boot, redact) for check in checks))


def _run_and_wait(check: Check, boot: Boot, redact: Redact) -> Result:
    if runs_inline(check):
        return run_inline(check, boot, redact)
    execution = Execution(check, redact)
    execution.start(boot)
    while execution.is_pending():
        time.sleep(POLL_SECONDS)
    return execution.result()


def runs_inline(check: Check) -> bool:
    """Whether a check is known to be quick: ours, over facts that are already there."""
    return check.builtin and (check.stage is not Stage.LIVE or check.needs == "instance")


def run_inline(
    check: Check,
    boot: Boot,
    redact: Redact,
    catch: type[BaseException] = Exception,
    said: Said | None = None,
) -> Result:
    """Run a check in this thread. ``BaseException`` may be caught only in a thread of our own:
    in a worker's main thread a SystemExit can be the server's.

    :param said: where somebody else looks on.
    """
    started, clock = time.time(), time.perf_counter()
    said = said or _listener(check)
    reason = why_skipped(check, boot)
    if not reason:
        try:
            with _context(check, boot):
                said.take(check(boot))
        except catch as error:
            said.findings.append(_crashed(check, error))
    result = Result(
        id=check.id,
        status=Status.SKIP if reason else worst(f.status for f in said.findings),
        stage=check.stage,
        findings=tuple(said.findings),
        duration=time.perf_counter() - clock,
        time=started,
        note="; ".join(said.notes),
        reason=reason,
    )
    return scrub(result, redact)


def _listener(check: Check, attempts: Callable[[Attempt], None] | None = None) -> Said:
    return Said(attempts, None if check.builtin else _MOST_SAID)


def why_skipped(check: Check, boot: Boot) -> str:
    """Why a check cannot run or shall not, empty when it can."""
    if boot.settings.skips(check.id):
        return "switched off by BOOTCHECK_SKIP"
    need = check.needs or ("app" if check.stage >= Stage.APP else None)
    return _missing(boot, need) if need is not None else ""


def _missing(boot: Boot, need: str) -> str:
    """Why a fact is not there, empty when it is."""
    if need == "database" and boot.app is not None:
        return "" if has_databases(boot.app) else NEEDS[need]
    if need == "sqlalchemy" and boot.app is not None:
        return "" if has_engines(boot.app) else why_not_seen(boot.app) or NEEDS[need]
    if need == "migrations" and boot.app is not None:
        is_serving = boot.server is not None or boot.instance is not None
        why = why_not_looked_at(boot.app, boot.root, may_import=not is_serving)
        return NEEDS[need] if why is None else why
    if need == "migrated":
        return _missing(boot, "migrations") or _missing(boot, "sqlalchemy")
    if need == "loaded":
        return NEEDS["app"] if boot.app is None else NEEDS["trial"] if boot.trial is None else ""
    if need == "module" and boot.trial is not None:
        error = boot.trial.error
        return NEEDS[need] if error is not None and error.during == "import" else ""
    if need in OF_FILES and boot.plan is not None:
        return "" if _is_planned(boot.plan, need) else NEEDS[need]
    if need == "health-path":
        named = boot.plan is not None and any(s.health_path for s in boot.plan.web)
        return "" if named and boot.app is not None else NEEDS[need]
    of_app = dict.fromkeys(("database", "sqlalchemy", "migrations"), "app")
    others = of_app | {"module": "trial"}
    fact = "plan" if need in OF_FILES else others.get(need, need)
    return "" if getattr(boot, fact) is not None else NEEDS[fact]


def _is_planned(plan: DeployPlan, need: str) -> bool:
    """Whether the deploy files tell a fact."""
    found = {"command": plan.commands, "start": plan.understood, "gunicorn": plan.gunicorns}
    return bool(found.get(need, True))


def _context(check: Check, boot: Boot) -> AbstractContextManager[Any]:
    if check.stage >= Stage.APP and boot.app is not None:
        return boot.app.app_context()
    return nullcontext()


def _crashed(check: Check, error: BaseException) -> Finding:
    text = text_of(error)
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    if not check.builtin:
        return fail(said)
    return warn(
        f"this check itself failed: {said}",
        hint="that is a bug of flask-bootcheck, please report it",
    )


class Execution:
    """The runs of one check in a thread of its own, one at a time.

    Past its deadline the result is a failure; the thread is left alone, and the check is not
    started again until it returns. Ours run in native threads, others' as the worker has them,
    but where ``start`` says otherwise.
    """

    def __init__(self, check: Check, redact: Redact, start: Start | None = None) -> None:
        self.check = check
        self._start = start or (start_native if check.builtin else start_as_patched)
        self._redact = redact
        self._running = False
        #: What it says and is at; ``None`` while it waits for the thread.
        self._said: Said | None = None
        self._attempt: Attempt | None = None
        self._deadline = 0.0
        self._seconds = 0.0
        self._started_at = 0.0
        self._result: Result | None = None

    def start(self, boot: Boot) -> None:
        """Start a run, unless the last one has not returned yet."""
        if self._running:
            return
        settings = boot.settings
        live = self.check.stage is Stage.LIVE
        self._seconds = settings.timeout if live else settings.boot_timeout
        self._said = self._attempt = None
        self._set_clock()
        self._running = True
        try:
            self._start(lambda: self._run(boot), f"bootcheck {self.check.id}")
        except RuntimeError as error:  # the process may have no more threads
            self._result = self._make(fail(f"the check could not be started: {error}"))
            self._running = False

    def is_pending(self) -> bool:
        """Whether a run is under way that may still meet its deadline."""
        return self._running and time.monotonic() < self._deadline

    def result(self) -> Result:
        """The newest result; a run past its deadline is a failure."""
        if self._running or self._result is None:
            return self._overdue()
        return self._result

    def _overdue(self) -> Result:
        """What has been found so far, and what it has been waiting for since."""
        if self._said is None and self.check.builtin:
            return self._make(
                warn(
                    f"not looked at in {self._seconds:g} s: a check before it has not come back",
                    hint="see what that one waits for",
                )
            )
        found = tuple(self._said.findings) if self._said is not None else ()
        attempt = self._attempt or Attempt("")
        subject = f"{attempt.what}: " if attempt.what else ""
        late = fail(
            f"{subject}no answer in {self._seconds:g} s",
            hint="what it waits for hangs or is overloaded; a slow one may be given "
            "more time with BOOTCHECK_TIMEOUT",
            component=attempt.component,
            observed=round(self._spent, 1),
            limit=self._seconds,
            unit="s",
        )
        return self._make(*found, late)

    def _set_clock(self) -> None:
        self._started_at = time.monotonic()
        self._deadline = self._started_at + self._seconds

    @property
    def _spent(self) -> float:
        """For how many seconds it has been at it."""
        return time.monotonic() - self._started_at

    def _begin(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._set_clock()

    def _run(self, boot: Boot) -> None:
        self._said = said = _listener(self.check, self._begin)
        self._set_clock()  # it may have waited for its thread
        try:
            self._result = run_inline(
                self.check, boot, self._redact, catch=BaseException, said=said
            )
        except BaseException as error:
            self._result = self._make(warn(f"this check itself failed: {type(error).__name__}"))
        finally:
            self._running = False

    def _make(self, *findings: Finding) -> Result:
        result = Result(
            id=self.check.id,
            status=worst(finding.status for finding in findings),
            stage=self.check.stage,
            findings=findings,
            duration=self._spent,
            time=time.time(),
        )
        return scrub(result, self._redact)
