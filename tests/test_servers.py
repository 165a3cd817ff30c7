"""Which server is it, by the environ of a request? Real servers are in tests/servers."""

from __future__ import annotations

import pytest

from flask_bootcheck.boot import Server
from flask_bootcheck.servers import server_of


def dev(name, version, address):
    return Server(name, version, address=address, development=True)


#: What each server said when it was asked.
SEEN = [
    ({"SERVER_SOFTWARE": "gunicorn/27.0.1"}, Server("gunicorn", "27.0.1")),
    (
        {"SERVER_SOFTWARE": "Werkzeug/3.1.9", "SERVER_NAME": "0.0.0.0"},
        dev("werkzeug", "3.1.9", "0.0.0.0"),
    ),
    (
        {"SERVER_SOFTWARE": "shop", "werkzeug.socket": object(), "SERVER_NAME": "127.0.0.1"},
        dev("werkzeug", "", "127.0.0.1"),
    ),
    (
        {"SERVER_SOFTWARE": "WSGIServer/0.2", "SERVER_NAME": "localhost"},
        dev("wsgiref", "0.2", "localhost"),
    ),
    ({"SERVER_SOFTWARE": "waitress", "SERVER_NAME": "waitress.invalid"}, Server("waitress")),
    ({"SERVER_SOFTWARE": None, "waitress.client_disconnected": print}, Server("waitress")),
    ({"uwsgi.version": b"2.0.30", "SERVER_NAME": "vm"}, Server("uwsgi", "2.0.30")),
    (
        {"SERVER_SOFTWARE": "Apache/2.4.57 (Debian)", "mod_wsgi.version": (4, 9, 4)},
        Server("mod_wsgi", "4.9.4"),
    ),
    ({"SERVER_SOFTWARE": "Cheroot/11.1.2 Server"}, Server("cheroot", "11.1.2")),
    ({"SERVER_SOFTWARE": "Granian"}, Server("granian")),
    ({"SERVER_SOFTWARE": "gevent/20.0 Python/3.11"}, Server("gevent")),
    ({"eventlet.posthooks": []}, Server("eventlet")),
]


@pytest.mark.parametrize(("environ", "server"), SEEN, ids=[server.name for _, server in SEEN])
def test_a_server_is_told_by_what_it_says(environ, server):
    found = server_of(environ)
    assert found == server
    assert found is not None
    assert not found.has_master


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"SERVER_SOFTWARE": "nobody/1.0"},
        {"HTTP_SERVER_SOFTWARE": "gunicorn/1", "HTTP_UWSGI.VERSION": "1"},  # a visitor says it
        {"SERVER_NAME": "127.0.0.1", "wsgi.multiprocess": True},  # through WsgiToAsgi
    ],
)
def test_what_nobody_says_is_unknown(environ):
    assert server_of(environ) is None


@pytest.mark.parametrize(
    ("address", "is_exposed"),
    [("0.0.0.0", True), ("::", True), ("10.0.0.1", True)]
    + [(near, False) for near in ("127.0.0.1", "127.0.0.53", "::1", "localhost", "vm", "/", "")],
)
def test_only_an_address_beyond_loopback_is_exposed(address, is_exposed):
    assert dev("werkzeug", "", address).is_exposed == is_exposed
