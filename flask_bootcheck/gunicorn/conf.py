"""Way 2: ``gunicorn -c python:flask_bootcheck.gunicorn.conf main:app``.

Loads the user's own conf first, ``gunicorn.conf.py`` or what ``$BOOTCHECK_GUNICORN_CONF`` names, and
chains our hooks behind its own. Works on an app that never heard of us.
"""

# gunicorn reads the names of this module as settings: ours begin with an underscore.
import sys as _sys
from typing import Any as _Any

from .hooks import install_hooks as _install_hooks
from .seat import seat as _seat
from .userconf import load_user_conf as _load_user_conf
from .wrap import Ours as _Ours


def _adopt(app: _Any) -> _Any:
    """Wire an app that does not know us; in the worker, where Flask is loaded anyway."""
    from ..extension import adopt

    return adopt(app)


def _forget(_server: object) -> None:
    """gunicorn caches this module; on SIGHUP the user's conf must be read again."""
    _sys.modules.pop(__name__, None)


globals().update(_load_user_conf())
_seat.adopt = _adopt
_install_hooks(globals(), {}, dict.fromkeys(("on_starting", "on_reload"), _Ours(_forget, 1)))
