from .factory import create_app as make

__all__ = ["make"]
