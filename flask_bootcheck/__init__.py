"""Does this Flask app boot whole, does it fit into its container, and is it up?"""

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
