"""A forecast in a file: measured before the deploy, so that the governor needs no first worker."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from .model import Model

FILE_NAME = "bootcheck.forecast.json"
_VERSION = 1
_LARGEST = 2**50


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a forecast holds for: with another of these the figures are of another app, which is
    its module here."""

    app: str
    gunicorn: str
    worker_class: str
    preload: bool
    python: str = ".".join(platform.python_version_tuple()[:2])
    frozen: bool = False


def module_of(target: str) -> str:
    """The module of an app, as flask or gunicorn is given it: ``main:app``, ``main.py``, ``main``."""
    return target.partition(":")[0].removesuffix(".py").strip("./").replace("/", ".")


def save_forecast(path: Path, model: Model, conditions: Conditions) -> None:
    """Write the file the governor looks for.

    :raises OSError: when it cannot be written.
    """
    data = {"version": _VERSION, "conditions": asdict(conditions), "model": asdict(model)}
    path.write_text(json.dumps(data, indent=2) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class SavedForecast:
    """What a file holds."""

    model: Model
    conditions: Conditions


def read_forecast(path: Path) -> tuple[SavedForecast | None, str]:
    """What a file holds, or ``None`` and why it is of no use; no file is no reason."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError, RecursionError) as error:
        return None, f"{path.name} cannot be read: {error}"
    try:
        if data["version"] != _VERSION:
            return None, f"{path.name} is of another version of flask-bootcheck"
        saved = dict(data["conditions"])
        model = Model(int(data["model"]["first"]), int(data["model"]["per_worker"]))
        known = {item.name: saved[item.name] for item in fields(Conditions) if item.name in saved}
        conditions = Conditions(**known)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        return None, f"{path.name} is no forecast: {error!r}"
    if not all(0 < size < _LARGEST for size in (model.first, model.per_worker)):
        return None, f"{path.name} has sizes that no app has"
    return SavedForecast(model, conditions), ""


def load_forecast(path: Path, conditions: Conditions) -> tuple[Model | None, str]:
    """The model in a file, or ``None`` and why it is of no use here; no file is no reason."""
    found, why = read_forecast(path)
    if found is None:
        return None, why
    saved, wanted = asdict(found.conditions), asdict(conditions)
    differs = [f"{k} {saved[k]!r}, here {v!r}" for k, v in wanted.items() if saved[k] != v]
    if differs:
        return None, f"{path.name} was measured with {'; '.join(differs)}"
    return found.model, ""
