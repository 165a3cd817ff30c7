"""From a start command to the process it starts, through the scripts that it names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from .command import Command, stays, understand
from .configuration import configure
from .expansion import expand
from .machine import Known, shown
from .plan import Place, Process, Service, Trouble, Value, Variable
from .project import Project, Setting
from .python_file import Start, find_start, read_python
from .serving import server_in
from .shell import Word, split_shell, split_words
from .source import Unreadable, locate, read_text
from .understanding import not_understood, only_of_a_shell

_MOST_SCRIPTS = 5
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_FACTORY = re.compile(r"[\w.]+:\w+\(")
_PYTHON = re.compile(r"#!.*\bpython")
#: What a script calls all of its arguments.
_GIVEN = frozenset(["$@", "$*", "${@}", "${*}"])
_DIRECTLY = "start the app with gunicorn: gunicorn --bind 0.0.0.0:$PORT main:app"
_NAMES = re.compile(r"\$\{?([A-Za-z_]\w*)")


def process_of(project: Project, service: Service, in_shell: bool) -> Process:
    """What the start command of a service starts."""
    start = service.start
    if start is None:
        return Process(variables=service.variables, folder=service.folder)
    if service.words is not None or not in_shell:
        words = [Word(text) for text in service.words or ()] or split_words(str(start.value))
        trouble = only_of_a_shell(words, start.place)
        if trouble is not None:
            return Process(variables=service.variables, no_shell=trouble)
    command = understand(str(start.value), service.words, in_shell)
    command = replace(command, folder=_folder(project.root, service.folder, command.folder))
    known = {variable.name: str(variable.value.value) for variable in service.variables}
    machine = replace(project.machine, environ={**project.machine.environ, **known})
    places = {variable.name: variable.value.place for variable in service.variables}
    project = replace(project, machine=machine, places=places)
    walk = _Walk(project, service.variables, start.place)
    found = walk.process(command, start.place, 0)
    if in_shell and service.words is None and _FACTORY.search(_QUOTED.sub("", str(start.value))):
        reason = "a shell takes parentheses for its own: quote the app, 'main:create_app()'"
        return replace(found, unreadable=(*found.unreadable, Trouble(start.place, reason)))
    return found


def _folder(root: Path, folder: str, below: str) -> str:
    """Where a command goes with ``cd``; ``/app`` of an image is the project itself."""
    if below.startswith("/"):
        return locate(root, "", below)
    joined = posixpath.normpath(posixpath.join(folder, below))
    return "" if joined == "." else joined


class _Walk:
    """The way from the command to its process; what it meets on it is kept."""

    def __init__(self, project: Project, variables: tuple[Variable, ...], place: Place) -> None:
        self._project = project
        self._variables = list(variables)
        self._unexpanded: list[Value] = []
        self._troubles: list[Trouble] = []
        self._unknown: list[Trouble] = []
        self._place = place
        self._scripts: set[str] = set()

    def process(self, command: Command, place: Place, steps: int) -> Process:
        """What a command starts, through at most so many scripts."""
        command = replace(command, folder=_folder(self._project.root, "", command.folder))
        self._set(command, place)
        if command.script and steps < _MOST_SCRIPTS:
            found = self._script(command, place, steps)
            if found is not None:
                return found
        words = [value for word in command.arguments for value in self._split(word, command, place)]
        place = self._at(place, command.line)
        if command.program == "gunicorn":
            return self._gunicorn(words, command.folder, place)
        why = not_understood(command, place)
        program = command.program
        return self._made(Process(program=program, folder=command.folder, not_understood=why))

    def _set(self, command: Command, place: Place) -> None:
        """Variables that the command sets for its own process."""
        environ = dict(self._project.machine.environ)
        unknown = self._project.machine.injected
        for name, word in command.environ:
            if word is None:  # only some branch sets it
                self._variables = [v for v in self._variables if v.name != name]
                environ.pop(name, None)
                unknown |= {name}
                continue
            value = self._word(word, command, place)
            self._variables.append(Variable(name, value))
            environ[name] = str(value.value)
        machine = replace(self._project.machine, environ=environ, injected=unknown)
        places = {v.name: v.value.place for v in self._variables}
        self._project = replace(self._project, machine=machine, places=places)

    def _at(self, place: Place, line: int) -> Place:
        """A line of a command: one of the file only where that is a script."""
        return Place(place.file, line) if place.file in self._scripts else place

    def _word(self, word: Word, command: Command, place: Place) -> Value:
        """A word as the process gets it."""
        here = self._at(place, word.line)
        if "$" not in word.text and "`" not in word.text:
            return Value(word.text, here)
        expanded = expand(word.text, self._project.machine.environ, self._project.machine)
        if not command.in_shell or word.literal:
            if expanded.text != word.text or expanded.open:
                self._unexpanded.append(Value(word.text, here))
            return Value(word.text, here)
        names = _NAMES.findall(word.text)
        of_cpus = expanded.of_cpus or any(self._counted(name) for name in names)
        return Value(expanded.text, here, of_cpus)

    def _split(self, word: Word, command: Command, place: Place) -> list[Value]:
        """A word as the shell splits it: the value of a variable may be several."""
        value = self._word(word, command, place)
        text = str(value.value)
        if not (word.splits and command.in_shell) or "$" in text or "`" in text:
            return [value]
        return [replace(value, value=part) for part in text.split()]

    def _counted(self, name: str) -> bool:
        """Whether a variable was counted from the CPUs."""
        return any(v.value.of_cpus for v in self._variables if v.name == name)

    def _script(self, command: Command, place: Place, steps: int) -> Process | None:
        """What a script starts, ``None`` where it is none that we can read."""
        name = self._found(command)
        if not name:
            return None
        try:
            text = read_text(self._project.root / name)
            if command.program == "python" or name.endswith(".py") or _PYTHON.match(text):
                for word in command.arguments:
                    self._word(word, command, place)  # nobody else would expand it
                return self._python_script(
                    text, name, command, self._at(place, command.line), steps
                )
        except Unreadable as error:
            self._troubles.append(Trouble(Place(name, error.line), error.reason))
            return self._made(Process(folder=command.folder))
        return self._shell_script(text, name, command, steps)

    def _found(self, command: Command) -> str:
        """The file of a script; a package is run by its ``__main__.py``."""
        root, folder, script = self._project.root, command.folder, command.script
        name = locate(root, folder, script)
        if not name and command.program == "python":
            name = locate(root, folder, f"{script.removesuffix('.py')}/__main__.py")
        return name

    def _shell_script(self, text: str, name: str, command: Command, steps: int) -> Process:
        outer = replace(command, script="", program="", arguments=(), environ=(), in_shell=True)
        inner = stays(split_shell(text), outer, 0)
        self._scripts.add(name)
        if inner.program in _GIVEN:  # an entry point that runs what it is given
            self._set(inner, Place(name, 1))
            words = [word.text for word in command.arguments]
            given = understand("", words, in_shell=False)
            given = replace(given, folder=inner.folder)
            return self.process(given, self._place, steps + 1)
        arguments = [one for word in inner.arguments for one in _given(word, command.arguments)]
        inner = replace(inner, arguments=tuple(arguments))
        return self.process(inner, Place(name, 1), steps + 1)

    def _python_script(
        self, text: str, name: str, command: Command, place: Place, steps: int
    ) -> Process | None:
        machine = self._project.machine
        script = read_python(text, machine)
        start = find_start(script, machine)
        if start is None:
            program = server_in(script, [word.text for word in command.arguments])
            reason = f"{name} starts no server that can be seen"
            why = None if program else Trouble(place, reason, _DIRECTLY)
            program = program or "python"
            return self._made(Process(program, folder=command.folder, not_understood=why))
        if start.options:
            settings = {k: Setting(v, name) for k, v in start.options.items()}
            found = configure([], self._project, command.folder, Place(name, start.line), settings)
            return self._made(found)
        return self._started(start, name, command, steps)

    def _started(self, start: Start, name: str, command: Command, steps: int) -> Process:
        """A command line in a Python script: its words are worked out already."""
        place = Place(name, start.line)
        if start.unknown is not None and not start.words:
            reason = f"{start.unknown.what} cannot be worked out without running it"
            self._unknown.append(Trouble(Place(name, start.unknown.line), reason))
            return self._made(Process(program="gunicorn", folder=command.folder))
        if start.in_shell:
            word = start.words[0]
            inner = stays(split_shell(shown(word.value)), Command(in_shell=True), 0)
            inner = replace(inner, folder=_folder(self._project.root, command.folder, inner.folder))
            found = self.process(inner, place, steps + 1)
            return replace(found, workers=_counted_in(found.workers, word, name))
        texts = [shown(word.value) for word in start.words]
        inner = understand("", texts, in_shell=False)
        words = _values(start.words[len(texts) - len(inner.arguments) :], name)
        if inner.program != "gunicorn":
            why = not_understood(inner, place)
            return self._made(Process(inner.program, folder=command.folder, not_understood=why))
        folder = _folder(self._project.root, command.folder, inner.folder)
        found = self._gunicorn(words, folder, place)
        return found if start.unknown is None else replace(found, start=None)

    def _gunicorn(self, words: list[Value], folder: str, place: Place) -> Process:
        return self._made(configure(words, self._project, folder, place, {}))

    def _made(self, process: Process) -> Process:
        return replace(
            process,
            unexpanded=tuple(self._unexpanded) + process.unexpanded,
            not_looked_at=tuple(self._unknown) + process.not_looked_at,
            unreadable=tuple(self._troubles) + process.unreadable,
            variables=tuple(self._variables),
        )


def _given(word: Word, arguments: tuple[Word, ...]) -> tuple[Word, ...]:
    """A word of a script, or the arguments of the script in its place."""
    if word.text not in _GIVEN:
        return (word,)
    return tuple(replace(one, line=word.line) for one in arguments)


def _counted_in(workers: Value | None, word: Known, file: str) -> Value | None:
    """A count in a text that was made of the CPU count is made of it, where that was."""
    if workers is None or not word.of_cpus:
        return workers
    return Value(workers.value, Place(file, word.line), of_cpus=True)


def _values(words: Iterable[Known], file: str) -> list[Value]:
    return [Value(shown(word.value), Place(file, word.line), word.of_cpus) for word in words]
