"""No secret leaves, whatever a driver makes of a malformed connection string."""

from __future__ import annotations

import base64
import json
import re
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import psycopg.conninfo
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from flask_bootcheck.redaction import MASK, Redactor
from flask_bootcheck.secret_values import PUBLIC_WORDS, known_secrets

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
@example("TRUE ", DSNS[1])
def test_no_piece_of_a_password_survives_in_what_a_driver_says(password, pattern):
    dsn = pattern.format(password)
    redact = Redactor.of({"DATABASE_URL": dsn})
    harmless = "\n".join(what_people_are_told(pattern.format("Zq9XxK77Zq"))).lower()
    windows = {password[n : n + WINDOW].lower() for n in range(len(password) - WINDOW + 1)}
    # A few digits between separators may as well be a port, and a password may be a word such as
    # "true": masked, it would blot out honest ones. Both stay readable.
    harmless += " ".join(PUBLIC_WORDS)
    windows = {w for w in windows if not re.fullmatch(r"[\d\W]*", w) and w.strip() not in harmless}
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
        ("https://h/c?sv=1&sig=a%2Fb&se=2", f"https://h/c?sv=1&sig={MASK}&se=2"),
        ("AccountName=x;AccountKey=ab/c==;E=y", f"AccountName=x;AccountKey={MASK};E=y"),
        (
            "SharedAccessKeyName=x;SharedAccessKey=ab=",
            f"SharedAccessKeyName=x;SharedAccessKey={MASK}",
        ),
        ("SMTP_PASS=x1 user=u pass=x2", f"SMTP_PASS={MASK} user=u pass={MASK}"),
        ('{"private_key": "a b"}', f'{{"private_key": {MASK}}}'),
        ("cannot reach shop:s3cret@db:5432", f"cannot reach shop:{MASK}@db:5432"),
        ("user:s3cret@tcp(127.0.0.1:3306)/db", f"user:{MASK}@tcp(127.0.0.1:3306)/db"),
        ("https://h/x?X-Amz-Signature=ab&y=1", f"https://h/x?X-Amz-Signature={MASK}&y=1"),
        ("Authorization: Token abc", f"Authorization: Token {MASK}"),
        (f"bad key {'gh' + 'p_'}{'a1' * 18}", f"bad key {MASK}"),
        (f"bad key {'sk' + '_live_'}{'a1' * 12}", f"bad key {MASK}"),
        (f"bad key {'AK' + 'IA'}{'A1' * 8}", f"bad key {MASK}"),
        (f"bad key eyJ{'a1' * 10}.eyJ{'b2' * 10}.{'c3' * 10}", f"bad key {MASK}"),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIE\nAB==\n-----END PRIVATE KEY-----\n",
            f"-----BEGIN PRIVATE KEY-----{MASK}\n",
        ),
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
        "mailto:shop@example.com",
        "registry.example/shop:1.2@sha256:0123456789abcdef",
        "3 checks pass: 1 warns",
        "listening at 0.0.0.0:8000",
        "primary key on monkey_id=3",
        "the authorization: header is missing",
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
        ({"SMTP_PASS": "pw-1"}, "pw-1"),
        ({"KEY_PASSPHRASE": "pw-1"}, "pw-1"),
        ({"MEILI_MASTERKEY": "k-1"}, "k-1"),
        ({"S3_ACCESSKEY": "k-1"}, "k-1"),
        ({"DBPASS": "pw-1", "MAIL_PW": "pw-2"}, "pw-2"),
        ({"BROKERS": "amqp://u:pw-1@h1 amqp://u:pw-2@h2"}, "pw-2"),
        ({"BROKERS": "amqp://u:pw-1@h1\namqp://u:p@w-2@h2\nand more"}, "w-2"),
        ({"NODES": '["redis://:pw-1@h", "redis://:p/w-2@h"]'}, "w-2"),
        ({"VCAP_SERVICES": '{"sql": [{"credentials": {"password": "pw-1"}}]}'}, "pw-1"),
        ({"VCAP_SERVICES": '{"sql": [{"credentials": {"uri": "mysql://u:p:w-1@h"}}]}'}, "w-1"),
        ({"GOOGLE": '{"client_secret": "pw-1"} shop@example.com'}, "pw-1"),
        ({"SECRETS": '{"mail": "pw-1"}'}, '{"mail": "pw-1"}'),
        ({"SECRETS": "hunter2, see https://wiki.example"}, "hunter2, see https://wiki.example"),
        ({"CONF": "databases:\n  - mysql://u:pw-1@h/db\n  - x@y"}, "pw-1"),
        ({"GIT_URL": "https://abcdefghijklmnopqrst@git.example/x"}, "abcdefghijklmnopqrst"),
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
        "RAILWAY_PRIVATE_DOMAIN": "shop.railway.internal",
        "COMPASS": "north",
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


#: A key in JSON as a cloud gives it: many separators, URLs and an address.
LINES = [base64.b64encode(bytes(range(n, n + 48))).decode() for n in range(26)]
PEM = "\n".join(["-----BEGIN PRIVATE KEY-----", *LINES, "-----END PRIVATE KEY-----", ""])
SERVICE_ACCOUNT = json.dumps(
    {
        "type": "service_account",
        "project_id": "the-project",
        "private_key_id": "0123456789abcdef" * 2,
        "private_key": PEM,
        "client_email": "worker@the-project.iam.example.com",
        "token_uri": "https://oauth2.example.com/token",
        "client_x509_cert_url": "https://www.example.com/x509/worker%40the-project.iam.example.com",
    },
    indent=2,
)
LONG_VALUES = {
    "service account": SERVICE_ACCOUNT,
    "and an address": SERVICE_ACCOUNT + " worker@the-project.iam.example.com",
    "cut in two": SERVICE_ACCOUNT[:2000],
    "base64 after a scheme": "https://u:" + "aB3/+=" * 15_000 + "@h",
    "many databases": ",".join(f"mysql://u:p:{n}/w@h{n}/db" for n in range(400)),
    "a page of addresses": "https://h/, " + "a@b:c/d " * 10_000,
    "deep": "[" * 50_000 + "@://",
    "a list": json.dumps(["amqp://u:p@w@h"] * 400),
}


@pytest.mark.parametrize("value", LONG_VALUES.values(), ids=LONG_VALUES)
@pytest.mark.parametrize("name", ["DATABASE_URL", "GOOGLE_CREDENTIALS", "PLAIN"])
def test_a_long_value_takes_little_memory(value, name):
    """Each worker has a redactor, and the environment is what it is."""
    tracemalloc.start()
    try:
        redact = Redactor.of({name: value, "SECRET_KEY": "hunter-22"})
        assert MASK in redact(f"{'no such host ' * 300} hunter-22")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * 2**20 + 30 * len(value)


@pytest.mark.parametrize("value", [SERVICE_ACCOUNT, f"{SERVICE_ACCOUNT} a@b.example"])
def test_a_key_is_masked_whole_and_line_by_line(value):
    redact = Redactor.of({"GOOGLE": value})
    assert redact(f"cannot read key {LINES[7]}") == f"cannot read key {MASK}"
    for text in (PEM, repr(PEM), value):
        assert not [line for line in LINES if line in redact(text)]
    assert redact("project the-project, service_account") == "project the-project, service_account"


def test_of_secrets_that_overlap_no_half_is_left():
    assert Redactor(["abcd-1234-x", "x-efgh-5678"])("abcd-1234-x-efgh-5678!") == f"{MASK}!"


@pytest.mark.parametrize("length", [127, 128, 129, 258, 5000])
def test_a_long_secret_is_masked_to_its_end_and_blots_out_no_word(length):
    secret = ("0123456789abcdefghijklmnopqrstuvwxyz-" * 200)[: length - 2] + "it"
    redact = Redactor([secret])
    assert redact(f"is it {secret} or {secret.upper()}?") == f"is it {MASK} or {MASK}?"


PIECES = [
    "x",
    "x-",
    "x.",
    "http://",
    "a://",
    "://x:",
    "a:b@",
    "token",
    "a=",
    "password ",
    "token='",
]
PIECES += [
    "@",
    "bearer ",
    "eyJ",
    "sk_live_",
    "pass",
    "-----BEGIN PRIVATE KEY-----",
    "\n",
    "hunter-2",
]


@pytest.mark.parametrize("piece", PIECES)
def test_a_long_text_takes_no_time(piece):
    """Nothing else of its process runs meanwhile. Twice the text may take twice the time: with
    steps that grow with its square, this length would take hours."""
    text = (piece * 300_000)[:300_000]
    source = {"SECRET_KEY": "hunter-22", "DB_URL": text}
    started = time.perf_counter()
    Redactor.of(source)(text)
    assert time.perf_counter() - started < 30  # no pattern runs away
