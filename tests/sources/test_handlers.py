"""Who swallows an error."""

from __future__ import annotations

import pytest

from flask_bootcheck.sources.handlers import Handler, handler_of, imports_in

MISSING = {"ModuleNotFoundError", "ImportError", "Exception", "BaseException"}


def handler(source, kinds=MISSING):
    """Of the line that says HERE."""
    line = next(n for n, text in enumerate(source.splitlines(), 1) if "HERE" in text)
    return handler_of(source, line, kinds)


def tried(*handlers):
    return "\n".join(["try:", "    import x  # HERE", *handlers])


SILENT = {
    "pass": tried("except ImportError:", "    pass"),
    "ellipsis": tried("except ModuleNotFoundError: ..."),
    "bare": tried("except: pass"),
    "all": tried("except Exception as error:", "    'for later'"),
    "several": tried("except (KeyError, builtins.ImportError): pass"),
    "second": tried("except KeyError: print()", "except ImportError: pass"),
    "continue": "for n in y:\n    try:\n        imp(n)  # HERE\n    except ImportError: continue",
    "return": "def f():\n    try:\n        import x  # HERE\n    except ImportError: return None",
    "suppress": "with suppress(ImportError):\n    import x  # HERE",
    "contextlib": "with contextlib.suppress(KeyError, Exception):\n    import x  # HERE",
    "nested": "try:\n    if y:\n        with z:\n            import x  # HERE\nexcept ImportError: pass",
    "match": "try:\n  match y:\n    case 1:\n      import x  # HERE\nexcept ImportError: pass",
}


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT)
def test_a_handler_that_does_nothing_is_silent(source):
    found = handler(source)
    assert found is not None
    assert found.silent


HEARD = {
    "fallback": tried("except ImportError:", "    x = None"),
    "log": tried("except ImportError:", "    log.info('no x')"),
    "answer": "def f():\n    try:\n        import x  # HERE\n    except ImportError: return False",
}


@pytest.mark.parametrize("source", HEARD.values(), ids=HEARD)
def test_a_handler_that_does_something_is_not(source):
    found = handler(source)
    assert found is not None
    assert not found.silent


NONE = {
    "no-try": "import x  # HERE",
    "other-error": tried("except KeyError: pass"),
    "raises": tried("except ImportError:", "    raise SystemExit(1)"),
    "finally": tried("finally:", "    pass"),
    "in-the-handler": "try:\n    y\nexcept ImportError:\n    import x  # HERE",
    "in-else": "try:\n    y\nexcept ImportError: pass\nelse:\n    import x  # HERE",
    "around-a-function": "try:\n    def f():\n        import x  # HERE\nexcept ImportError: pass",
    "other-with": "with open(y):\n    import x  # HERE",
    "no-python": "def broken(:  # HERE",
}


@pytest.mark.parametrize("source", NONE.values(), ids=NONE)
def test_what_does_not_catch_it_is_none(source):
    assert handler(source) is None


def test_the_innermost_that_catches_it_counts():
    source = (
        "try:\n    try:\n        import x  # HERE\n    except KeyError: pass\n"
        "except ImportError:\n    x = 1\n"
    )
    assert handler(source) == Handler(1, silent=False)


IMPORTS = {
    "import shop.cart": {"shop.cart"},
    "from shop import cart": {"shop", "shop.cart"},
    "from . import cart": {"shop.pages", "shop.pages.cart"},
    "from .cart import bp": {"shop.pages.cart", "shop.pages.cart.bp"},
    "from ..cart import bp": {"shop.cart", "shop.cart.bp"},
    "def f():\n    import late": {"late"},
    "def broken(:": set(),
}


@pytest.mark.parametrize(("source", "modules"), IMPORTS.items())
def test_imports_are_told_by_their_full_names(source, modules):
    assert {name for name, _ in imports_in(source, "shop.pages")} == modules
