"""Is each setting where it is read, and is the app set for visitors where it has them?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..boot import Boot, Stage
from ..findings import Finding, warn
from ..platforms import detect_platform
from ..registry import check
from ..settings import MASTER_NAMES, unknown_names

#: Bytes of a key that nobody guesses: 128 bits.
_ENOUGH = 16
#: What people write until they have a key is made of nothing but these.
_PLACEHOLDER = re.compile(
    "(a|an|app|change|default|demo|dev|development|example|flask|for|goes|guess|hard|here|in|insecure"
    "|is|it|key|keyboardcat|me|my|never|not|password|please|production|random|replace|secret|session"
    "|some|string|super|test|testing|the|this|to|top|value|very|will|you|your)+[0-9]{0,4}"
)
#: The examples in Flask's documentation: the quick start of 0.x and of 1 and 2, its page on
#: configuration, and the same page on environment variables.
_PUBLISHED = frozenset(
    [
        b"A0Zr98j/3yX R~XHH!jmN]LWX/,?RT",
        b'_5#y2L"F4Q8z\n\xec]/',
        b"192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
        b"5f352379324c22463451387a0aec5d2f",
    ]
)


@check("config.setting-misplaced", stage=Stage.APP)
def settings_are_where_they_are_read(boot: Boot) -> Iterator[Finding]:
    """Every `BOOTCHECK_*` setting stands where it is read, and is one.

    Why: what decides about workers is read in gunicorn's master, which never sees `app.config`: there
    it is followed in part only. A name that nobody reads does nothing at all.

    Fix: move it to the environment, or to `install(globals(), ...)` in `gunicorn.conf.py`.
    """
    config = boot.app.config if boot.app is not None else {}
    for name in MASTER_NAMES:
        if config.get(name) is not None and name not in boot.environ:
            yield warn(
                f"{name} is in app.config, which gunicorn's master never sees",
                hint=f"set it in the environment, or install(globals(), "
                f"{name.removeprefix('BOOTCHECK_').lower()}=...) in gunicorn.conf.py",
                where=f'app.config["{name}"]',
            )
    for place, names in (("environment", boot.environ), ("app.config", config)):
        for name, nearest in unknown_names(names).items():
            yield warn(
                f"{name} is no setting of flask-bootcheck",
                hint=f"did you mean {nearest}?" if nearest else "nothing reads it: remove it",
                where=place,
            )


@check("config.debug-on", stage=Stage.APP)
def debug_is_off(boot: Boot) -> Iterator[Finding]:
    """Debug mode is off where a production server runs the app, or a hosting platform.

    Why: in debug mode everybody sees the details at `/healthz`, an error passes by the app's own error
    pages, and the development server shows it with a traceback and a console to run code in.

    Fix: take `FLASK_DEBUG` out of the environment, and `debug=True` out of the code. On a laptop
    `flask run --debug` is right, and is no finding.
    """
    assert boot.app is not None  # noqa: S101 - the runner skips without
    where_it_serves = _public_place(boot)
    if boot.app.debug and where_it_serves:
        from_environ = _is_set(boot.environ.get("FLASK_DEBUG", ""))
        yield warn(
            f"debug mode is on {where_it_serves}: everybody sees the details, and errors",
            hint="take FLASK_DEBUG out of the environment"
            if from_environ
            else "take app.debug, app.run(debug=True) or DEBUG out of the code",
            where="environment" if from_environ else 'app.config["DEBUG"]',
        )


def _public_place(boot: Boot) -> str:
    """Where the app has visitors, empty when it may be a developer's own machine. A development
    server that nobody else reaches is one, whatever variables of a platform are there."""
    server, platform = boot.server, detect_platform(boot.environ)
    if server is not None and not server.development:
        return f"under {server.name}"
    if platform.name and (server is None or server.is_exposed):
        return f"on {platform.name}"
    return ""


def _is_set(flag: str) -> bool:
    """As Flask reads ``FLASK_DEBUG``."""
    return bool(flag) and flag.lower() not in {"0", "false", "no"}


@check("config.secret-key-weak", stage=Stage.APP)
def secret_keys_are_strong(boot: Boot) -> Iterator[Finding]:
    """`SECRET_KEY`, when set, is no placeholder and has at least 16 bytes; `SECRET_KEY_FALLBACKS` too.

    Why: who knows the key writes sessions of his own, for instance the administrator's; a short one is
    found by trying. 16 bytes are 128 bits, the security strength that NIST SP 800-57 part 1 (rev. 5)
    asks for from 2031 on, and the length that Flask 1's documentation made with `os.urandom(16)`.
    Not looked at in debug mode and in tests; an app without sessions needs no key.

    Fix: `python -c "import secrets; print(secrets.token_hex())"`, and put what it prints into the
    environment of the service, not into the code. A weak fallback is to be removed.
    """
    assert boot.app is not None  # noqa: S101 - the runner skips without
    if boot.app.debug or boot.app.testing:
        return
    for name, key in _secret_keys(boot.app.config):
        trouble = _weakness(key)
        if trouble:
            yield warn(
                f"{name} is {trouble}: sessions can be forged",
                hint='make one with python -c "import secrets; print(secrets.token_hex())"',
                where="app.config",
            )


def _secret_keys(config: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Each key with the name to call it by, since its value must not be said."""
    fallbacks = config.get("SECRET_KEY_FALLBACKS")
    old = fallbacks if isinstance(fallbacks, list | tuple) else ()
    named = {f"SECRET_KEY_FALLBACKS[{index}]": key for index, key in enumerate(old)}
    for name, key in {"SECRET_KEY": config.get("SECRET_KEY"), **named}.items():
        if key and isinstance(key, str | bytes):
            yield name, key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key


def _weakness(key: bytes) -> str:
    letters = re.sub(rb"[^a-z0-9]", b"", key.lower()).decode()
    if key in _PUBLISHED or _PLACEHOLDER.fullmatch(letters):
        return "a well-known placeholder"
    return f"shorter than {_ENOUGH} bytes" if len(key) < _ENOUGH else ""
