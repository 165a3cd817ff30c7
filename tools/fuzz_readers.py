"""Feeds the readers of deploy files what nobody would write, guided by coverage: ``make fuzz``.

    PYTHONPATH=. python tools/fuzz_readers.py corpus -max_total_time=600

Each input is a file of some kind: read by its reader, and in a whole project. A crash is anything but
``Unreadable``, and a place that is not in its file; a hang is more than 5 seconds. What it finds
belongs into tests/deploy/found/, without its first two bytes.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["flask_bootcheck.deploy"]):
    from flask_bootcheck.deploy.readers import READERS
    from flask_bootcheck.deploy.source import Unreadable, decode
    from tests.deploy.safely import LED_TO, PLATFORMS, plan_with, read_with

#: Each kind of file, and what reads it by itself.
READ = {file: reader.read for reader in READERS for file in reader.files} | dict.fromkeys(LED_TO)
FILES = [*READ]
TESTS = Path(__file__).parent.parent / "tests" / "deploy"


def plant(corpus: Path) -> None:
    """Begin with the files of the tests: a byte for the kind, one for the platform, and the file."""
    for path in TESTS.glob("f*/**/*"):
        name = path.relative_to(TESTS).as_posix().partition("/")[2].partition("~")[0]
        name = name if name in READ else name.partition("/")[2]
        if path.is_file() and name in READ:
            data = bytes([FILES.index(name), 0]) + path.read_bytes()
            (corpus / f"seed-{sha256(data).hexdigest()[:16]}").write_bytes(data)


def one(data: bytes) -> None:
    """One input, by its reader and in a project with commands that lead to it."""
    if len(data) < 2:
        return
    file, platform = FILES[data[0] % len(FILES)], PLATFORMS[data[1] % len(PLATFORMS)]
    if READ[file] is not None:
        with suppress(Unreadable):
            read_with(READ[file], file, decode(data[2:]))
    with TemporaryDirectory(prefix="fuzz") as folder:
        plan_with(Path(folder), file, data[2:], [platform])


def main() -> None:
    """Run until it is told to stop; the first argument is the folder of the corpus."""
    plant(Path(sys.argv[1]))
    atheris.Setup([*sys.argv, "-timeout=5", "-max_len=4096"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
