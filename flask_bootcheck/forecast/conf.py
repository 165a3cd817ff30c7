"""The conf of a gunicorn that is measured: the user's own, with ours where the app will run with it,
and ears for the one who measures."""

# gunicorn reads the names of this module as settings: ours begin with an underscore.
import os as _os

from ..gunicorn.userconf import INSTALLED as _INSTALLED
from ..gunicorn.userconf import load_user_conf as _load_user_conf
from ..gunicorn.wrap import Ours as _Ours
from ..gunicorn.wrap import chain_named as _chain_named
from .worker import COUNTED as _COUNTED
from .worker import PLAIN as _PLAIN
from .worker import listen as _listen


def _load_conf_of_the_flag() -> dict[str, object]:
    """Way 2, as ``-c`` has it: with the user's own conf in it."""
    from ..gunicorn import conf

    return {k: v for k, v in vars(conf).items() if k == _INSTALLED or not k.startswith("_")}


_is_counted = _os.environ.get(_COUNTED) == "1"
globals().update(_load_conf_of_the_flag() if _is_counted else _load_user_conf())
if _os.environ.get(_PLAIN) == "1":
    preload_app = False
# A server that runs here may have the same socket; releases before 25.1 do not know the name.
control_socket_disable = True
_chain_named(globals(), "post_worker_init", _Ours(_listen, 1))
