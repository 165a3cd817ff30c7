"""``Dockerfile``: what its last stage starts."""

from __future__ import annotations

import io
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ..machine import FILLED_IN
from ..plan import Place, Said, Service, Trouble, Value, Variable
from ..shell import split_shell
from ..source import Unreadable, lines_of, words_in

_HEREDOC = re.compile(r"<<-?\s*([\"']?)([A-Za-z_]\w*)\1")
_URL = re.compile(r"https?://[^/\s'\"\\]+(/[^\s'\"\\)?]*)?")
_FROM = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?\s*", re.IGNORECASE)
#: Options of pip after which no package stands.
_PIP_VALUED = words_in(
    """-r --requirement -c --constraint -e --editable -t --target -i --index-url --extra-index-url
    -f --find-links --root --prefix"""
)
_REFERENCE = re.compile(
    r"\\\$|\$\{(?P<braced>\w+)(?P<default>:[-+][^{}]*)?\}|\$(?P<name>[A-Za-z_]\w*)"
)
#: Variables made of variables double in every line.
_MOST_CHARS = 20_000
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


@dataclass
class _Stage:
    """What one stage has set so far."""

    cmd: tuple[str, int] | None = None
    entrypoint: tuple[str, int] | None = None
    health: tuple[str, int] | None = None
    variables: list[Variable] = field(default_factory=list)
    installs: list[Value] = field(default_factory=list)
    arguments: dict[str, str] = field(default_factory=dict)
    python: Value | None = None

    def copy(self) -> _Stage:
        """What a stage begins with that is made from this one."""
        return replace(
            self,
            variables=[*self.variables],
            installs=[*self.installs],
            arguments={**self.arguments},
        )

    def filled_in(self, text: str) -> str:
        """A text with ``ARG`` and ``ENV`` in place, as Docker has them while it builds. What the base
        image or ``--build-arg`` sets is there, but not known."""
        known = self.arguments | {v.name: str(v.value.value) for v in self.variables}

        def put(match: re.Match[str]) -> str:
            name = match["braced"] or match["name"]
            if name is None:  # a dollar that is only a dollar
                return match[0][1:]
            value, default = known.get(name), match["default"] or ""
            operator, word = default[:2], default[2:]
            if value is None and operator != ":-":
                return f"{FILLED_IN}{name}"
            return {":-": value or word, ":+": word if value else ""}.get(operator, value or "")

        return _REFERENCE.sub(put, text)[:_MOST_CHARS]


def read(file: str, text: str) -> Said:
    """What a ``Dockerfile`` says."""
    stages: dict[str, _Stage] = {}
    stage = everywhere = _Stage()
    seen = False
    for instruction, value, line in _instructions(text):
        if instruction == "FROM":
            seen = True
            match = _FROM.match(everywhere.filled_in(value))
            base, name = (match[1], match[2]) if match else ("", None)
            known = stages.get(base.lower())
            stage = known.copy() if known else _Stage(python=_python_of(base, Place(file, line)))
            stages[(name or str(len(stages))).lower()] = stage
        elif instruction == "ARG":
            _argue(stage, value, everywhere.arguments)
        else:
            _take(stage, instruction, value, Place(file, line))
    if not seen:
        raise Unreadable("it has no FROM")
    return Said(
        file,
        "dockerfile",
        (_service(file, stage),),
        tuple(_troubles(file, stage)),
        installs=tuple(stage.installs),
        python=stage.python,
    )


def _instructions(text: str) -> Iterator[tuple[str, str, int]]:
    from dockerfile_parse import DockerfileParser

    try:
        content: Any = io.BytesIO(_without_heredocs(text).encode())  # the stub asks for text
        structure = DockerfileParser(fileobj=content).structure
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, AssertionError) as error:
        raise Unreadable(str(error) or "not a Dockerfile") from None
    for item in structure:
        if item["instruction"] != "COMMENT":
            yield item["instruction"], item["value"].strip(), item["startline"] + 1


def _without_heredocs(text: str) -> str:
    """Their lines as comments, since dockerfile-parse takes them for instructions."""
    lines, ending = [], ""
    for line in lines_of(text):
        if ending:
            ended = line.strip() == ending
            lines.append("#")
            ending = "" if ended else ending
            continue
        match = _HEREDOC.search(line)
        ending = match[2] if match and re.match(r"\s*(?:RUN|COPY|ADD)\b", line, re.I) else ""
        lines.append(line)
    return "\n".join(lines) + "\n"


def _take(stage: _Stage, instruction: str, value: str, place: Place) -> None:
    if instruction == "CMD":
        stage.cmd = (value, place.line)
    elif instruction == "ENTRYPOINT":
        stage.entrypoint, stage.cmd = (value, place.line), None
    elif instruction == "HEALTHCHECK":
        stage.health = None if value.upper() == "NONE" else (value, place.line)
    elif instruction == "RUN":
        stage.installs += [Value(package, place) for package in _installed(value)]
    elif instruction == "ENV":
        # All of one line see what stands before it.
        pairs = [(name, stage.filled_in(text)) for name, text in _pairs(value)]
        stage.variables += [Variable(name, Value(text, place)) for name, text in pairs]


def _argue(stage: _Stage, value: str, everywhere: dict[str, str]) -> None:
    """``ARG A=1 B``: without a value it is the one from before the first ``FROM``."""
    for name, text in re.findall(r"(\w+)(=\"[^\"]*\"|='[^']*'|=\S*)?", value):
        if text:
            stage.arguments[name] = stage.filled_in(text[1:].strip("\"'"))
        elif name in everywhere:
            stage.arguments[name] = everywhere[name]


def _python_of(base: str, place: Place) -> Value | None:
    """The Python of an official image, such as ``python:3.8-slim``."""
    match = re.fullmatch(r"(?:[\w.-]+/)*python:(\d+\.\d+)(?:[.\-]\S*)?", base)
    return Value(match[1], place) if match else None


def _installed(value: str) -> Iterator[str]:
    """What ``pip install`` is told, but for its options."""
    for simple in split_shell(value):
        words = [word.text for word in simple.words]
        if "install" in words and any(word.rpartition("/")[2].startswith("pip") for word in words):
            told = words[words.index("install") + 1 :]
            pairs = zip(["", *told], told, strict=False)
            yield from (
                w
                for before, w in pairs
                if before not in _PIP_VALUED and w[:1] not in ("", "-", ".", "/")
            )


def _pairs(value: str) -> Iterator[tuple[str, str]]:
    """``ENV A=1 B="two words"``, and the old ``ENV A one``."""
    if not re.match(r"\w+=", value):
        name, _, rest = value.partition(" ")
        yield name, rest.strip()
        return
    for match in re.finditer(r"(\w+)=(\"(?:[^\"\\]|\\.)*\"|'[^']*'|(?:\\.|\S)*)", value):
        literal = match[2].startswith("'")
        text = match[2].strip("\"'")
        yield match[1], text.replace("$", "\\$") if literal else text


def _service(file: str, stage: _Stage) -> Service:
    start, words, shell = _start(file, stage)
    path, timeout = _health(file, stage)
    return Service(
        start=start,
        words=words,
        in_shell=shell,
        health_path=path,
        health_timeout=timeout,
        variables=tuple(stage.variables),
    )


def _start(file: str, stage: _Stage) -> tuple[Value | None, tuple[str, ...] | None, bool]:
    """The command as a shell would have it written, its words in exec form, and whether a shell
    reads it."""
    if stage.entrypoint is None and stage.cmd is None:
        return None, None, False
    text, line = stage.entrypoint or stage.cmd or ("", 0)
    first = _exec_form(text)
    if stage.entrypoint is None or stage.cmd is None:
        shown = shlex.join(first) if first is not None else text
        return Value(shown, Place(file, line)), first, first is None
    if first is None:  # the shell form of ENTRYPOINT ignores CMD
        return Value(text, Place(file, line)), None, True
    text, line = stage.cmd
    second = _exec_form(text)
    words = (*first, *(second if second is not None else ("/bin/sh", "-c", text)))
    return Value(shlex.join(words), Place(file, line)), words, False


def _exec_form(text: str) -> tuple[str, ...] | None:
    """The words of ``["gunicorn", "main:app"]``; what is no JSON list is the shell form."""
    if not text.startswith("["):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    good = isinstance(found, list) and all(isinstance(item, str) for item in found)
    return tuple(found) if good and found else None


def _health(file: str, stage: _Stage) -> tuple[Value | None, Value | None]:
    """The path that HEALTHCHECK calls, and how long it may fail: its start period and its tries."""
    if stage.health is None:
        return None, None
    text, line = stage.health
    place = Place(file, line)
    url = _URL.search(text)
    start, interval = _duration(text, "start-period", 0), _duration(text, "interval", 30)
    tries = re.search(r"--retries=(\d{1,6})\b", text)
    seconds = start + interval * (int(tries[1]) if tries else 3)
    path = Value(url[1] or "/", place) if url else None
    return path, Value(round(seconds), place) if path else None


def _duration(text: str, option: str, default: float) -> float:
    match = re.search(rf"--{option}=(\S{{1,40}})", text)
    if match is None:
        return default
    parts = re.findall(r"(\d{1,9}(?:\.\d{1,9})?)(ms|h|m|s)", match[1])
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _troubles(file: str, stage: _Stage) -> Iterator[Trouble]:
    """A list that is no JSON is the shell form for Docker, which nobody means."""
    for instruction in (stage.cmd, stage.entrypoint):
        if instruction and instruction[0].startswith("[") and _exec_form(instruction[0]) is None:
            reason = (
                "a list that is not JSON: Docker gives it to a shell as it is (use double quotes)"
            )
            yield Trouble(Place(file, instruction[1]), reason)
