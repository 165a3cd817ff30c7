"""What the package raises, and nothing else does."""

from __future__ import annotations


class BootCheckError(Exception):
    """The base of all errors of this package."""


class SettingError(BootCheckError):
    """A setting has a value that cannot be used; the message names it and what is accepted."""


class UsageError(BootCheckError):
    """The package was called in a way that cannot work; the message says what to do instead."""
