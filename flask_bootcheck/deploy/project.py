"""What is read: the project, and what one of its files says of an option."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .machine import Known, Machine, Unknown
from .plan import Place


@dataclass(frozen=True, slots=True)
class Project:
    """The folder, the machine it will run on, whether confs may be executed, and where the variables
    are set."""

    root: Path
    machine: Machine
    execute: bool = False
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a file says of one option; its value may be unknown."""

    said: Known | Unknown
    file: str
    of_command: bool = False

    @property
    def place(self) -> Place:
        return Place(self.file, self.said.line)
