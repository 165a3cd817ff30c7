"""Each recipe of the documentation, against the real thing: up and down."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from flask_bootcheck import BootCheck, Result, Status

from .databases import BROKER, POSTGRESQL, REDIS, Door, free_port, must_answer, must_listen

PAGE = Path(__file__).parent.parent / "docs" / "how-to" / "recipes.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Of the code, by the headings of the page; the first section has what all begin with.
BEGINNING, *SECTIONS = [
    (section.partition("\n")[0], "\n".join(_BLOCK.findall(section)))
    for section in re.split(r"^#+ ", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]
]
TRIED = {
    "Redis",
    "Celery's broker",
    "MongoDB",
    "An HTTP service",
    "An S3 bucket",
    "A feature flag file",
    "A database without an extension",
}


def run_recipe(heading: str) -> dict[str, Result]:
    """The results of the checks in a recipe, and of ours."""
    code = BEGINNING[1] + dict(SECTIONS)[heading]
    namespace: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(code, str(PAGE), "exec", dont_inherit=True), namespace)  # noqa: S102
    app: Flask = namespace["app"]
    bootcheck: BootCheck = namespace["bootcheck"]
    try:
        results = {result.id: result for result in bootcheck.run(app).results}
        assert "no answer in" not in str(results), "its own timeout comes before ours"
        return results
    finally:
        for name in ("cache", "mongo", "s3"):
            if name in namespace:
                namespace[name].close()
        if "engine" in namespace:
            namespace["engine"].dispose()


class Handler(BaseHTTPRequestHandler):
    """Answers as S3 does about one bucket, and 200 to all else."""

    def do_GET(self):
        self.send_response(404 if self.path == "/no-such-bucket" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 - the name is the library's

    def log_message(self, *_arguments):
        """Nobody reads it."""


@pytest.fixture
def http_url() -> Iterator[str]:
    """Of an HTTP service that is up."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def closed_url() -> str:
    """Where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"


def test_each_recipe_is_tried_here():
    assert {heading for heading, _ in SECTIONS} == TRIED


def test_a_redis_that_goes_and_comes(monkeypatch):
    must_listen(REDIS)
    door, url = Door.before(REDIS)
    monkeypatch.setenv("REDIS_URL", url)
    with door:
        assert run_recipe("Redis")["redis.unreachable"].status is Status.FAIL
        door.open()
        assert run_recipe("Redis")["redis.unreachable"].status is Status.PASS


def test_a_broker_that_goes_and_comes(monkeypatch):
    must_listen(BROKER)
    door, url = Door.before(BROKER)
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    with door:
        assert run_recipe("Celery's broker")["broker.unreachable"].status is Status.FAIL
        door.open()
        assert run_recipe("Celery's broker")["broker.unreachable"].status is Status.PASS


def test_a_mongodb_that_is_not_there_fails_within_its_own_timeout(monkeypatch, closed_url):
    """There is none here to be up."""
    monkeypatch.setenv("MONGO_URL", closed_url.replace("http:", "mongodb:"))
    result = run_recipe("MongoDB")["mongodb.unreachable"]
    assert result.status is Status.FAIL
    assert "ServerSelectionTimeoutError" in result.findings[0].message
    assert "Connection refused" in result.findings[0].message


def test_an_http_service_that_must_be_up_and_one_that_may_be_down(
    monkeypatch, http_url, closed_url
):
    monkeypatch.setenv("PAYMENTS_URL", http_url)
    monkeypatch.setenv("RATES_URL", http_url)
    ids = "payments.unreachable", "rates.unreachable"
    results = run_recipe("An HTTP service")
    assert [results[name].status for name in ids] == [Status.PASS, Status.PASS]
    monkeypatch.setenv("PAYMENTS_URL", closed_url)
    monkeypatch.setenv("RATES_URL", closed_url)
    results = run_recipe("An HTTP service")
    assert [results[name].status for name in ids] == [Status.FAIL, Status.WARN]


@pytest.mark.parametrize(
    ("bucket", "status"), [("invoices", Status.PASS), ("no-such-bucket", Status.FAIL)]
)
def test_a_bucket_that_is_there_and_one_that_is_not(monkeypatch, http_url, bucket, status):
    """Of S3 itself only what it answers to this one question stands here: moto, which has all of
    it, brings 250 MB."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("S3_URL", http_url)
    monkeypatch.setenv("S3_BUCKET", bucket)
    assert run_recipe("An S3 bucket")["s3.bucket-missing"].status is status


def test_a_flag_file_that_is_not_there_cannot_be_read_and_can(monkeypatch, tmp_path):
    flags = tmp_path / "flags.json"
    monkeypatch.setenv("FLAGS_FILE", str(flags))
    for text, status in ((None, Status.FAIL), ("{", Status.FAIL), (json.dumps({}), Status.PASS)):
        if text is not None:
            flags.write_text(text)
        assert run_recipe("A feature flag file")["flags.unreadable"].status is status


def test_an_engine_without_an_extension(monkeypatch):
    must_answer(POSTGRESQL)
    door, url = Door.before(POSTGRESQL)
    monkeypatch.setenv("DATABASE_URL", url)
    with door:
        result = run_recipe("A database without an extension")["database.unreachable"]
        assert result.findings[0].component == "stock"
        door.open()
        result = run_recipe("A database without an extension")["database.unreachable"]
        assert result.status is Status.PASS
