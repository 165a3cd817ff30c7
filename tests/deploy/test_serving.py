"""The server that a Python script starts itself."""

from __future__ import annotations

import pytest

from flask_bootcheck.deploy.machine import Machine
from flask_bootcheck.deploy.python_file import read_python
from flask_bootcheck.deploy.serving import server_in


def server(text, *arguments):
    return server_in(read_python(text, Machine(1)), arguments)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from waitress import serve\nserve(app, port=8000)", "waitress"),
        ("import uvicorn\nuvicorn.run('main:app')", "uvicorn"),
        ("from gevent.pywsgi import WSGIServer\nWSGIServer(x, app).serve_forever()", "gevent"),
        ("import eventlet\neventlet.wsgi.server(eventlet.listen(x), app)", "eventlet"),
        ("from wsgiref.simple_server import make_server\nmake_server('', 1, app)", "wsgiref"),
        ("from shop import app\napp.run()", "flask"),
        ("from shop import create_app\ncreate_app().run(host='0.0.0.0')", "flask"),
        ("import flask\nsite = flask.Flask('x')\nsite.run()", "flask"),
        ("from shop import make_application\nx = make_application()\nx.run()", "flask"),
        ("from shop import socketio, app\nsocketio.run(app)", "socketio"),
        ("from werkzeug.serving import run_simple\nrun_simple('', 1, app)", "flask"),
        ("import uvicorn\nfrom shop import app\napp.run()", "flask"),
        ("import subprocess\nsubprocess.run(['ls'])", ""),
        ("import asyncio\nasyncio.run(main())", ""),
        ("from flask import Flask\napp = Flask('x')", ""),
    ],
)
def test_the_server_is_known_by_its_call(text, found):
    assert server(text) == found


def test_a_command_of_the_script_starts_it():
    script = "from flask.cli import FlaskGroup\ncli = FlaskGroup()\ncli()"
    assert server(script, "run", "-h", "0.0.0.0") == "flask"
    assert server(script, "db", "upgrade") == ""
