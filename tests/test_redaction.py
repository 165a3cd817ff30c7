"""No secret leaves, whatever a driver makes of a malformed connection string."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import psycopg.conninfo
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from flask_bootcheck.redaction import MASK, Redactor, known_secrets

from .helpers import examples

#: No window of this many characters of a password may be left.
WINDOW = 4

DSNS = [
    "postgresql://shop:{}@db.example:5432/shop",
    "postgresql+psycopg2://shop:{}@db.example/shop?sslmode=require",
    "mysql+pymysql://shop:{}@db.example/shop",
    "redis://:{}@db.example:6379/0",
]
passwords = st.text(
    st.one_of(
        st.sampled_from("@:/?#&=%[]+ \\'\"!$;,{}-_.~aB7é"),
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")),
    ),
    min_size=WINDOW,
    max_size=16,
)


def what_people_are_told(dsn: str) -> Iterator[str]:
    """The texts that real parsers and drivers make of a connection string."""
    yield dsn
    yield f"could not connect with {dsn!r}: refused"
    for parse in (make_url, psycopg.conninfo.conninfo_to_dict, lambda text: urlsplit(text).port):
        try:
            parse(dsn)
        except Exception as error:
            yield f"{type(error).__name__}: {error}"
    with suppress(Exception):
        yield f"Error -2 connecting to {urlsplit(dsn).hostname}:6379. Name or service not known."
    with suppress(Exception):
        url = make_url(dsn)
        yield f"(1045, \"Access denied for user '{url.username}'@'{url.host}'\") {url}"
        yield f'could not translate host name "{url.host}", database {url.database!r}'
    with suppress(Exception):
        for name, value in psycopg.conninfo.conninfo_to_dict(dsn).items():
            if name != "password":
                yield f'invalid value "{value}" for connection option "{name}"'


@settings(max_examples=examples(400))
@given(passwords, st.sampled_from(DSNS))
@example("p@S3cret/x", DSNS[3])  # redis takes "S3cret" for the host, in lower case
@example("a\\b cd", DSNS[0])  # in an error with the repr of it
@example("pa:ss/wo@rd", DSNS[0])
@example("words,more/of", DSNS[0])  # libpq takes it for several hosts
@example("100%zz-x", DSNS[1])
@example("abcd", DSNS[2])
@example("0 OUND", DSNS[0])
def test_no_piece_of_a_password_survives_in_what_a_driver_says(password, pattern):
    dsn = pattern.format(password)
    redact = Redactor.of({"DATABASE_URL": dsn})
    harmless = "\n".join(what_people_are_told(pattern.format("Zq9XxK77Zq"))).lower()
    windows = {password[n : n + WINDOW].lower() for n in range(len(password) - WINDOW + 1)}
    # A few digits between separators may as well be a port: they stay readable.
    windows = {w for w in windows if not re.fullmatch(r"[\d\W]*", w) and w not in harmless}
    for text in what_people_are_told(dsn):
        told = redact(text).lower()
        # In a word of the driver's own, such as "found", four letters are nobody's password.
        foreign = [word for word in re.findall(r"[a-z]+", told) if word not in password.lower()]
        for word in foreign:
            told = told.replace(word, " ")
        assert not [window for window in windows if window in told], text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://shop:s3cret@db/shop", f"postgresql://{MASK}@db/shop"),
        ("redis://:s3cret@h:1/0 and amqp://u:p@h", f"redis://{MASK}@h:1/0 and amqp://{MASK}@h"),
        ("host=db password=s3cret user=shop", f"host=db password={MASK} user=shop"),
        ("password='a b' x", f"password={MASK} x"),
        ('{"api_key": "abc"}', f'{{"api_key": {MASK}}}'),
        ("Authorization: Bearer abc.def==", f"Authorization: Bearer {MASK}"),
        ("PGPASSWORD=x, PORT=1", f"PGPASSWORD={MASK}, PORT=1"),
        ("https://h/?token=abc&x=1", f"https://h/?token={MASK}&x=1"),
    ],
)
def test_what_looks_like_a_credential_is_masked_though_nobody_knows_it(text, expected):
    assert Redactor()(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "connection to server at 127.0.0.1, port 5432 failed: Connection refused",
        "sqlite:////srv/shop.db",
        "mail the owner: shop@example.com",
        "no such table: password_resets",
        "",
    ],
)
def test_honest_words_stay(text):
    redact = Redactor.of({"DATABASE_URL": "postgresql://postgres:postgres@localhost:5432/shop"})
    assert redact(text) == text


def test_a_short_secret_is_masked_as_a_word_and_not_inside_one():
    redact = Redactor(["cat", ""])
    assert redact("cat: the CAT in a category") == f"{MASK}: the {MASK} in a category"


class Url:
    """As SQLAlchemy's: it hides its password unless asked."""

    def render_as_string(self, hide_password):
        return "mysql://u:***@h" if hide_password else "mysql://u:from-url@h"


@pytest.mark.parametrize(
    ("source", "secret"),
    [
        ({"SECRET_KEY": "k-1"}, "k-1"),
        ({"SECRET_KEY": b"k-1"}, "k-1"),
        ({"SECRET_KEY_FALLBACKS": ["old-1", "old-2"]}, "old-2"),
        ({"STRIPE_API_KEY": "k-1"}, "k-1"),
        ({"DATABASE_URL": "mysql://u:pw-1@h"}, "pw-1"),
        ({"DATABASE_URL": "postgresql://shop:pw-1"}, "pw-1"),
        ({"DATABASE_URL": '"mysql://u:pw-1@h"'}, "pw-1"),
        ({"MYSQL_DSN": "u:pa:/ss@tcp(h)/db"}, "pa:/ss"),
        ({"DB_CONN": "host=h password=pw-1"}, "pw-1"),
        ({"BROKERS": "amqp://u:pw-1@h1;amqp://u:pw-2@h2"}, "pw-1"),
        ({"SQLALCHEMY_BINDS": {"x": {"url": Url()}}}, "from-url"),
        ({"NODES": [{"password": "pw-1"}, "redis://:pw-2@h"]}, "pw-2"),
        ({"SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"password": "pw-1"}}}, "pw-1"),
    ],
)
def test_secrets_are_found_by_the_name_or_the_look(source, secret):
    assert secret in set(known_secrets(source))


class AnswersToAnyName:
    """As peewee's namespaces, and a client of a remote API."""

    def __getattr__(self, name):
        return AnswersToAnyName()


def test_an_object_that_answers_to_any_name_is_not_taken_for_a_url():
    assert set(known_secrets({"EXCLUDED": AnswersToAnyName()})) == set()


def test_what_is_no_secret_though_it_is_called_one_is_left_alone():
    source = {
        "TOKENIZERS_PARALLELISM": "false",
        "TOKEN_TTL": "3600",
        "OLDPWD": "/srv/shop",
        "PWD": "/srv/shop",
        "TOKEN_URL": "https://login.example/token",
        "SESSION_COOKIE_NAME": "session",
    }
    assert set(known_secrets(source)) == set()


def test_a_password_is_found_again_as_a_url_writes_it():
    redact = Redactor.of({"DB_PASSWORD": "a b/ü@x-long"})
    assert Redactor.of({"DB_URL": "mysql://u:a+b%2Fcd@h"})("a+b/cd") == MASK
    assert redact("a%20b%2F%C3%BC%40x-long, a+b%2F%C3%BC%40x-long") == f"{MASK}, {MASK}"


@pytest.mark.parametrize("secret", ["raw-\udcff-long", "lone-\ud800-half"])
def test_a_secret_of_any_bytes_is_masked(secret):
    """The environment has them as they came; a check must not fail for it."""
    redact = Redactor.of({"DB_PASSWORD": secret})
    assert redact(f"no {secret} here") == f"no {MASK} here"
    assert Redactor.of({"DB_PASSWORD": "raw-\udcff-long"})("raw-%FF-long") == MASK


def test_a_configuration_that_holds_itself_is_looked_into_all_the_same():
    config: dict[str, Any] = {"nested": {"deeper": [{"password": "pw-1"}]}}
    config["itself"] = config
    config["in_a_list"] = [config]
    assert "pw-1" in set(known_secrets(config))


@pytest.mark.parametrize("piece", ["x", "x-", "http://", "token", "a=", "password ", "@"])
def test_a_long_text_takes_no_time(piece):
    """Nothing else of its process runs meanwhile."""
    text = (piece * 8000)[:8000]
    started = time.perf_counter()
    Redactor(["hunter-22"])(text)
    assert time.perf_counter() - started < 10  # no pattern runs away
