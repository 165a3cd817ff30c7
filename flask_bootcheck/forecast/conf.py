"""The conf of a gunicorn that is measured: the user's own, with ears for the one who measures."""

# gunicorn reads the names of this module as settings: ours begin with an underscore.
import os as _os

from ..gunicorn.userconf import load_user_conf as _load_user_conf
from ..gunicorn.wrap import Ours as _Ours
from ..gunicorn.wrap import chain_named as _chain_named
from .worker import PLAIN as _PLAIN
from .worker import freeze_if_asked as _freeze
from .worker import listen as _listen

globals().update(_load_user_conf())
if _os.environ.get(_PLAIN) == "1":
    preload_app = False
# A server that runs here may have the same socket; releases before 25.1 do not know the name.
control_socket_disable = True
_chain_named(globals(), "when_ready", _Ours(_freeze, 1))
_chain_named(globals(), "post_worker_init", _Ours(_listen, 1))
