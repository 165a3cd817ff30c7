"""How we get into gunicorn. ``install(globals())`` as the last line of a ``gunicorn.conf.py`` is way
1; way 3, the app alone, is :mod:`.live`."""

from .hooks import install

__all__ = ["install"]
