"""Every ``BOOTCHECK_*`` setting, read from four places into one frozen value.

Environment over keyword over ``app.config`` over default. Values are checked here and nowhere else.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, cast

from .errors import SettingError
from .memory.size import parse_size

PREFIX = "BOOTCHECK_"

#: Under which an app knows us, in ``app.extensions``.
EXTENSION = "bootcheck"

#: Variables of ours that are no settings of an app.
OTHER_VARIABLES = frozenset({"BOOTCHECK_TRIAL", "BOOTCHECK_GUNICORN_CONF"})

Details = Literal["status", "areas", "all"]
#: What to do when more workers are asked for than fit: run what fits, do not start, or tell.
Overcommit = Literal["cap", "refuse", "warn"]


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("true or false")


def _number(accepts: str, low: float, high: float = math.inf) -> Callable[[Any], float]:
    def parse(value: Any) -> float:
        if isinstance(value, bool):
            raise ValueError(accepts)
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(accepts) from None
        if not (low <= number <= high and math.isfinite(number)):
            raise ValueError(accepts)
        return number

    return parse


def _whole(accepts: str, low: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        number = _number(accepts, low)(value)
        if number != int(number):
            raise ValueError(accepts)
        return int(number)

    return parse


def _seconds(value: Any) -> float:
    return _number("a number of seconds above 0, such as 2 or 0.5", 0.001)(value)


def _share(value: Any) -> float:
    return _number("a share from 0 to 0.9, such as 0.2", 0, 0.9)(value)


def _path(value: Any) -> str:
    """A path without its trailing slash, or nothing: off."""
    text = "" if value is None else str(value).strip()
    if not text:
        return ""
    path = text.rstrip("/")
    if not path or not path.startswith("/") or set(path) & set("?#<> "):
        raise ValueError('a path such as "/healthz", or empty to switch it off')
    return path


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(name for name in value.replace(",", " ").split() if name)
    names = tuple(value) if isinstance(value, Iterable) else (None,)
    if all(isinstance(name, str) for name in names):
        return cast("tuple[str, ...]", names)
    raise ValueError("names, separated by commas, or a list of them")


def _bytes(value: Any) -> int:
    try:
        return parse_size(value)
    except ValueError:
        raise ValueError("a size above 0 such as 536870912, 512M or 1.5G") from None


def _details(value: Any) -> Details:
    text = str(value).strip().lower()
    if text not in {"status", "areas", "all"}:
        raise ValueError("status, areas or all")
    return cast("Details", text)


def _overcommit(value: Any) -> Overcommit:
    text = str(value).strip().lower()
    if text not in {"cap", "refuse", "warn"}:
        raise ValueError("cap, refuse or warn")
    return cast("Overcommit", text)


def _token(value: Any) -> str | None:
    """Without the spaces around it, which a file adds and a header loses. Nothing else is none."""
    text = str(value).strip()
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise ValueError("text that a header can carry") from None
    return text or None


def _optional(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None or value == "" else parse(value)


def _setting(
    default: Any, parse: Callable[[Any], Any], *, master: bool = False, secret: bool = False
) -> Any:
    return field(default=default, repr=not secret, metadata={"parse": parse, "master": master})


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the user has set. Times are seconds, sizes bytes. ``master`` settings are also read in
    gunicorn's master, which never sees ``app.config``."""

    enabled: bool = _setting(True, _flag, master=True)
    path: str = _setting("/healthz", _path)
    live_path: str = _setting("/livez", _path)
    ready_path: str = _setting("/readyz", _path)
    token: str | None = _setting(None, _optional(_token), secret=True)
    details: Details = _setting("areas", _details)
    blueprints: tuple[str, ...] = _setting((), _names)
    memory_limit: int | None = _setting(None, _optional(_bytes), master=True)
    memory_headroom: float = _setting(0.2, _share, master=True)
    max_workers: int | None = _setting(
        None, _optional(_whole("a whole number of workers from 1", 1)), master=True
    )
    min_ready: int = _setting(1, _whole("a whole number of workers from 0", 0), master=True)
    timeout: float = _setting(2.0, _seconds)
    boot_timeout: float = _setting(30.0, _seconds)
    ttl: float = _setting(5.0, _seconds)
    strict: bool = _setting(False, _flag)
    overcommit: Overcommit = _setting("cap", _overcommit, master=True)
    gc_freeze: bool = _setting(False, _flag, master=True)
    dispose_after_fork: bool = _setting(True, _flag)
    access_log: bool = _setting(False, _flag)
    skip: tuple[str, ...] = _setting((), _names, master=True)

    def skips(self, check_id: str) -> bool:
        """Whether the user has switched this check off, by its id or its area."""
        return check_id in self.skip or check_id.partition(".")[0] in self.skip


_FIELDS = {item.name: item for item in fields(Settings)}
NAMES = tuple(PREFIX + name.upper() for name in _FIELDS)
MASTER_NAMES = tuple(
    PREFIX + name.upper() for name, item in _FIELDS.items() if item.metadata["master"]
)


def read_settings(
    keywords: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """The settings of an app.

    :param keywords: lower-case names, as given to ``BootCheck`` or ``install``.
    :param config: ``app.config`` or another mapping of ``BOOTCHECK_*`` names.
    :raises SettingError: naming every value that cannot be used.
    """
    settings, errors = read_settings_leniently(keywords, config, environ)
    if errors:
        raise SettingError("\n".join(errors))
    return settings


def read_settings_leniently(
    keywords: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> tuple[Settings, tuple[str, ...]]:
    """The same where nothing may raise: bad values become the default, and an error to log."""
    environ = os.environ if environ is None else environ
    keywords, config = keywords or {}, config or {}
    errors = [_unknown_keyword(name) for name in keywords if name not in _FIELDS]
    values: dict[str, Any] = {}
    for name, item in _FIELDS.items():
        variable = PREFIX + name.upper()
        given = _first_given(
            (f"{variable} in the environment", environ.get(variable)),
            (f"{name}=", keywords.get(name)),
            (f'app.config["{variable}"]', config.get(variable)),
        )
        if given is None:
            continue
        place, value = given
        try:
            values[name] = item.metadata["parse"](value)
        except ValueError as error:
            shown = repr(value) if item.repr else "***"
            errors.append(f"{place} is {shown}, expected {error}")
    return Settings(**values), tuple(errors)


def read_settings_below(
    installed: Mapping[str, Any], keywords: Mapping[str, Any], config: Mapping[str, Any]
) -> Settings:
    """The settings of an app whose server was given some by ``install()``: those count below its own.
    Nothing raises."""
    given = {PREFIX + name.upper(): value for name, value in installed.items()}
    return read_settings_leniently(keywords, {**given, **config})[0]


def unknown_names(names: Iterable[str]) -> dict[str, str]:
    """``BOOTCHECK_*`` names that mean nothing, each with the nearest that does, or empty."""
    known = {*NAMES, *OTHER_VARIABLES}
    unknown = [name for name in names if name.startswith(PREFIX) and name not in known]
    return {name: _nearest(name, known) for name in unknown}


def _first_given(*places: tuple[str, Any]) -> tuple[str, Any] | None:
    return next((place for place in places if place[1] is not None), None)


def _unknown_keyword(name: str) -> str:
    nearest = _nearest(name, _FIELDS)
    meant = f"did you mean {nearest}?" if nearest else f"expected one of {', '.join(_FIELDS)}"
    return f"{name}= is no setting of BootCheck: {meant}"


def _nearest(name: str, names: Iterable[str]) -> str:
    import difflib  # for mistakes only

    return next(iter(difflib.get_close_matches(name, list(names), 1)), "")
