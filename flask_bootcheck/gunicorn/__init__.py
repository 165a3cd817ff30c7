"""How we get into gunicorn.

Way 1: ``install(globals())`` as the last line of a ``gunicorn.conf.py``, see :mod:`.hooks`.
Way 3: the app alone, see :mod:`.live`.
"""

from __future__ import annotations

from typing import Any


def install(namespace: dict[str, Any], **settings: Any) -> None:
    """Chain our hooks behind those of a conf: its last line, ``install(globals())``.

    :param settings: those that are read in the master, in lower case, such as
        ``memory_limit="512M"``; the environment wins over them. A bad one is logged, and the
        default taken: a server never fails to start for a setting of ours.
    """
    from .hooks import install_hooks  # an app that is imported does not need them

    install_hooks(namespace, settings)
