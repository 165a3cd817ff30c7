"""gunicorn as a checked server: what its configuration and a complete worker say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ..boot import Server
from ..patching import is_patched
from .arguments import ours_is_named
from .interface import application_of, interface_expected_by, interface_of

if TYPE_CHECKING:
    from .seat import Seat


def describe_configuration(cfg: Any) -> dict[str, Any]:
    """What a configuration says, as fields of a ``Server``, plain enough for JSON."""
    import gunicorn

    return {
        "version": gunicorn.__version__,
        # Not worker_class: that imports the class, and eventlet's patches the process.
        "worker_class": cfg.worker_class_str,
        "workers": cfg.workers,
        "preload": cfg.preload_app,
        "control_socket": not getattr(cfg, "control_socket_disable", True),
    }


def describe(worker: Any, seat: Seat) -> Server:
    """The server of a worker that has loaded its application."""
    application = application_of(worker)
    kind = type(application)
    return Server(
        name="gunicorn",
        **describe_configuration(worker.cfg),
        interface=interface_of(worker),
        application=f"{kind.__module__}.{kind.__qualname__}",
        expected=interface_expected_by(application),
        patched_late=worker.cfg.preload_app and is_patched() and not seat.was_patched,
        conf=str(worker.cfg.config or ""),
        ungoverned=_why_ungoverned(seat),
    )


def _why_ungoverned(seat: Seat) -> Literal["", "outvoted", "replaced"]:
    if seat.is_hooked:
        return ""
    if seat.is_installed:
        return "replaced"
    return "outvoted" if ours_is_named() else ""
