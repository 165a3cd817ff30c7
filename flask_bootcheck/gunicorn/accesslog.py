"""Leaving probes out of gunicorn's access log, whatever logger class or format it has."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

#: uvicorn's workers write to the handlers of gunicorn's access log by a logger of their own.
_UVICORN = "uvicorn.access"


def leave_out_probes(log: Any, is_probe: Callable[[Mapping[str, Any]], bool]) -> None:
    """Have the logger of this worker pass over requests that are probes.

    At ``access``, which every logger class has, so before a format or a statsd counts. All other
    lines go the way they went.
    """
    logging.getLogger(_UVICORN).addFilter(lambda record: not _is_uvicorns(record, is_probe))
    access = getattr(log, "access", None)
    if access is None:
        return

    def access_but_probes(resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        try:
            if is_probe(environ):
                return
        except Exception:
            log.exception("bootcheck: a request could not be told from a probe")
        access(resp, req, environ, request_time)

    log.access = access_but_probes


def _is_uvicorns(record: logging.LogRecord, is_probe: Callable[[Mapping[str, Any]], bool]) -> bool:
    """Whether a line of uvicorn's is about a probe; its arguments are client, method, path, ..."""
    arguments = record.args
    if not isinstance(arguments, tuple) or len(arguments) < 3:
        return False
    path = str(arguments[2]).partition("?")[0]
    return is_probe({"REQUEST_METHOD": arguments[1], "PATH_INFO": path})
