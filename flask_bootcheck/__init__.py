"""Does this Flask app boot whole, does it fit into its container, and is it up?"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .boot import Boot, Stage
    from .errors import BootCheckError, SettingError, UsageError
    from .extension import BootCheck
    from .findings import Finding, Report, Result, Status, fail, warn
    from .registry import Check, check

__all__ = [
    "Boot",
    "BootCheck",
    "BootCheckError",
    "Check",
    "Finding",
    "Report",
    "Result",
    "SettingError",
    "Stage",
    "Status",
    "UsageError",
    "check",
    "fail",
    "warn",
]

# gunicorn's master imports this package too: each name comes from its module when it is used.
_MODULES = {
    "boot": ("Boot", "Stage"),
    "errors": ("BootCheckError", "SettingError", "UsageError"),
    "extension": ("BootCheck",),
    "findings": ("Finding", "Report", "Result", "Status", "fail", "warn"),
    "registry": ("Check", "check"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
