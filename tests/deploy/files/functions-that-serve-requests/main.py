from flask import Flask

from tools import as_app


def application(environ, start_response):
    start_response("200 OK", [])
    return [b""]


def streamed(*request):
    yield b""


@as_app
def wrapped():
    return Flask(__name__)
