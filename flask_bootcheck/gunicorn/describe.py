"""gunicorn as a checked server: what its configuration and a complete worker say."""

from __future__ import annotations

from typing import Any

from ..boot import Server, Ungoverned
from ..patching import is_patched
from .interface import application_of, interface_expected_by, interface_of, is_of_uvicorn


def describe_configuration(cfg: Any) -> dict[str, Any]:
    """What a configuration says, as fields of a ``Server``, plain enough for JSON."""
    import gunicorn

    return {
        "version": gunicorn.__version__,
        # Not worker_class: that imports the class, and eventlet's patches the process.
        "worker_class": cfg.worker_class_str,
        "workers": cfg.workers,
        "preload": cfg.preload_app,
        "threads": cfg.threads,
        "connections": cfg.worker_connections,
        "control_socket": not getattr(cfg, "control_socket_disable", True),
    }


def describe(worker: Any, *, ungoverned: Ungoverned, was_patched: bool) -> Server:
    """The server of a worker that has loaded its application.

    :param was_patched: whether gevent or eventlet had patched it when it was forked.
    """
    application = application_of(worker)
    kind = type(application)
    return Server(
        name="gunicorn",
        **describe_configuration(worker.cfg),
        interface=interface_of(worker),
        application=f"{kind.__module__}.{kind.__qualname__}",
        expected=interface_expected_by(application, by_uvicorn=is_of_uvicorn(worker)),
        patched_late=worker.cfg.preload_app and is_patched() and not was_patched,
        conf=str(worker.cfg.config or ""),
        ungoverned=ungoverned,
    )
