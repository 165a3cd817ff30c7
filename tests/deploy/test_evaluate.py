"""Values in a syntax tree are worked out as on a machine with 48 CPUs."""

from __future__ import annotations

import ast

import pytest

from flask_bootcheck.deploy.evaluate import Evaluator
from flask_bootcheck.deploy.machine import Machine, Unknown, shown
from flask_bootcheck.deploy.python_file import find_start, read_python

MACHINE = Machine(48, {"WORKERS": "3"}, frozenset({"PORT"}))


def value(text):
    return Evaluator({}, MACHINE).value(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("multiprocessing.cpu_count() * 2 + 1", 97),
        ("(2 * cpu_count()) + 1", 97),
        ("os.cpu_count() or 1", 48),
        ("len(os.sched_getaffinity(0))", 48),
        ("psutil.cpu_count(logical=False)", 48),
        ("int(os.environ.get('WORKERS', 2))", 3),
        ("int(os.environ['WORKERS'])", 3),
        ("int(os.getenv('MISSING', '4'))", 4),
        ("int(os.getenv('MISSING') or 5)", 5),
        ("min(4, os.cpu_count())", 4),
        ("max([1, 2, 3])", 3),
        ("min(max(2, cpu_count()), 12) if True else 1", 12),
        ("round(cpu_count() / 5)", 10),
        ("math.ceil(cpu_count() * 0.3)", 15),
        ("-3 // 2", -2),
        ("f'{cpu_count()}'", "48"),
        ("'gthread'.strip()", "gthread"),
        ("os.environ.get('PORT', '8000')", "$PORT"),
        ("f'0.0.0.0:{os.environ.get(\"PORT\", 8000)}'", "0.0.0.0:$PORT"),
        ("'0.0.0.0:' + os.environ['PORT']", "0.0.0.0:$PORT"),
        ("'[::]:{}'.format(os.environ.get('PORT', 5006))", "[::]:$PORT"),
        ("'{}:%s'.format(1) if False else '0.0.0.0:%s' % os.environ['PORT']", "0.0.0.0:$PORT"),
        ("'%d' % (cpu_count() * 2)", "96"),
        ("int(os.environ.get('WORKERS')) == 3 and 'yes'", "yes"),
    ],
)
def test_is_known(text, expected):
    found = value(text).value
    assert (shown(found) if isinstance(expected, str) else found) == expected


@pytest.mark.parametrize(
    "text",
    [
        "open('workers').read()",
        "os.environ['MISSING']",
        "1 / 0",
        "2 ** 10 ** 10",
        "'a' * 10 ** 9",
        "10 ** 9 * 10 ** 9",
        "[x for x in range(9)]",
        "__import__('os').system('touch /tmp/x')",
        "int('x')",
        "'{:>9999999999}'.format(1)",
        "'%9999999999d' % 1",
        "'{} {}'.format(1)",
        "'{0}'.format(1)",
        "name",
        "-'a'",
        "(" * 80 + "1" + ")" * 80 + "".join("+1" for _ in range(99)),
    ],
)
def test_is_not_known(text):
    with pytest.raises(Unknown):
        value(text)


def names(text):
    return {
        name: getattr(found, "value", "?")
        for name, found in read_python(text, MACHINE).names.items()
    }


@pytest.mark.parametrize(
    ("text", "workers"),
    [
        ("import os\nworkers = os.cpu_count() * 2 + 1", 97),
        ("cores = 2\nworkers = cores\nworkers += 1", 3),
        ("workers: int = 4", 4),
        ("a, workers = 1, 2", 2),
        ("import os\nif os.environ.get('WORKERS'):\n  workers = 5\nelse:\n  workers = 6", 5),
        ("if something():\n  workers = 5", "?"),
        ("try:\n  workers = 7\nexcept Exception:\n  workers = 8", 7),
        ("for workers in range(3): pass", "?"),
        ("def count():\n  'doc'\n  return cpu_count()\nworkers = count()", 48),
        ("workers = 3\ndel workers", "?"),
        (
            "def count():\n  env = os.getenv('WORKERS')\n  if env:\n    return int(env)\n"
            "  return 9\nworkers = count()",
            3,
        ),
        (
            "def count():\n  log.info('x')\n  n = cpu_count()\n  try:\n    n = n // 2\n"
            "  finally:\n    pass\n  return max(2, min(n, 12))\nworkers = count()",
            12,
        ),
        ("def count():\n  return count()\nworkers = count()", "?"),
        ("def count():\n  for n in x:\n    return n\nworkers = count()", "?"),
        ("def count():\n  pass\nworkers = count()", "?"),
        ("workers = 3\nworkers = read()", "?"),
    ],
)
def test_a_conf_is_read_from_top_to_bottom(text, workers):
    assert names(text)["workers"] == workers


SPELLINGS = {
    "execvp": "os.execvp('gunicorn', ['gunicorn', '-w', str(N), 'main:app'])",
    "execlp": "os.execlp('gunicorn', 'gunicorn', '-w', str(N), 'main:app')",
    "run": "subprocess.run([sys.executable, '-m', 'gunicorn', '-w', f'{N}', 'main:app'], check=True)",
    "system": "os.system(f'gunicorn -w {N} main:app')",
    "shell": "subprocess.call('gunicorn -w %s main:app' % N, shell=True)",
    "list": "command = ['gunicorn', '-w', str(N), 'main:app']\nsubprocess.run(command)",
    "argv": "sys.argv = ['gunicorn', '-w', str(N), 'main:app']\nrun()",
    "function": "def main():\n  n = N\n  os.execvp('gunicorn', ['gunicorn', '-w', str(n)])\nmain()",
}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_a_script_that_starts_gunicorn(text):
    source = "N = cpu_count() * 2 + 1\n" + text
    start = find_start(read_python(source, MACHINE), MACHINE)
    assert start is not None
    shown = " ".join(str(word.value) for word in start.words)
    assert "97" in shown or start.unknown is not None


def test_an_application_of_its_own():
    source = """
class App(gunicorn.app.base.BaseApplication):
    pass
options = {
    "bind": "127.0.0.1:8080",
    "workers": cpu_count() * 2 + 1,
}
"""
    start = find_start(read_python(source, MACHINE), MACHINE)
    assert start is not None
    options = start.options.items()
    found = {name: (getattr(known, "value", None), known.line) for name, known in options}
    assert found == {"bind": ("127.0.0.1:8080", 5), "workers": (97, 6)}


def test_a_script_that_starts_something_else():
    assert find_start(read_python("print('gunicorn')\napp.run()", MACHINE), MACHINE) is None
