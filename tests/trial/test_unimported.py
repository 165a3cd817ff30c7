"""Modules with blueprints that an app has not got: what is certain, what is likely, and what is no
finding at all. Each is a project of its own, booted in a trial."""

from __future__ import annotations

from textwrap import indent

import pytest

from flask_bootcheck.findings import Status
from flask_bootcheck.trial import Order, run_trial

from ..helpers import clean_environ

MAIN = "from shop import create_app\napp = create_app()\n"
FACTORY = "from flask import Flask\nfrom .cart import bp as cart\n\ndef create_app():\n"
BODY = "app = Flask(__name__)\napp.register_blueprint(cart)\n{}\nreturn app\n"
CART = "from flask import Blueprint\nbp = Blueprint('cart', __name__)\n"
BILLING = "from flask import Blueprint\nbp = Blueprint('billing', __name__)\n"
BROKEN = "import no_such_payment_package\n" + BILLING
#: As the factory has it: the ``try`` is in line 7 of ``shop/__init__.py``.
TRY = "try:\n    from .billing import bp\n    app.register_blueprint(bp)\n"


@pytest.fixture
def look(tmp_path):
    """Boots a project, and gives the report on its blueprints."""
    folder = tmp_path / "project"

    def run(files, factory="pass"):
        shop = {"main.py": MAIN, "shop/__init__.py": FACTORY + indent(BODY.format(factory), "    ")}
        for name, text in {**shop, "shop/cart.py": CART, **files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        order = Order("main", 60, live=False, only=("blueprints",))
        report = run_trial(order, clean_environ(), folder).report
        assert report is not None
        return report

    return run


def told(report):
    return [f"{r.id} {f.status.label} {f.where}" for r, f in report.findings]


FAILED = "blueprints.import-failed fail shop/billing.py:1"
WARNED = "blueprints.import-failed warn shop/billing.py:1"
CERTAIN = {
    "silent": (BROKEN, TRY + "except ImportError:\n    pass", FAILED),
    "suppressed": (
        BROKEN,
        "from contextlib import suppress\nwith suppress(ImportError):\n    from .billing import bp",
        FAILED,
    ),
    "by-name": (
        BROKEN,
        "from importlib import import_module\nfor name in ['billing']:\n"
        "    try:\n        import_module(f'shop.{name}')\n    except Exception: continue",
        FAILED,
    ),
    "any-error": (
        "raise RuntimeError('no key')\n" + BILLING,
        TRY + "except Exception: pass",
        FAILED,
    ),
    "syntax": (
        BILLING + "def broken(:\n",
        TRY + "except Exception:\n    app.logger.warning('off')",
        "blueprints.import-failed fail shop/billing.py:3",
    ),
    "name": (
        "from .cart import no_such_name\n" + BILLING,
        TRY + "except ImportError:\n    bp = None",
        FAILED,
    ),
    "never-reached": (
        BROKEN,
        "try:\n    import no_such_payment_package\n    from .billing import bp\n"
        "except ImportError:\n    pass",
        FAILED,
    ),
}


@pytest.mark.parametrize(("billing", "factory", "finding"), CERTAIN.values(), ids=CERTAIN)
def test_an_error_that_nobody_hears_of_and_a_mistake_in_the_code_fail(
    look, billing, factory, finding
):
    assert told(look({"shop/billing.py": billing}, factory)) == [finding]


def test_it_says_the_error_and_who_swallows_it(look):
    report = look({"shop/billing.py": BROKEN}, TRY + "except ImportError:\n    pass")
    ((_, finding),) = report.findings
    assert finding.component == "billing"
    assert "shop.billing" in finding.message
    assert "ModuleNotFoundError: No module named 'no_such_payment_package'" in finding.message
    assert "shop/__init__.py:7" in finding.hint


def test_an_error_further_down_is_named_where_it_is(look):
    files = {
        "shop/billing.py": "from .money import pay\n" + BILLING,
        "shop/money.py": "\nimport no_such_payment_package\n",
    }
    report = look(files, TRY + "except ImportError:\n    pass")
    assert told(report) == ["blueprints.import-failed fail shop/money.py:2"]


def test_the_error_is_the_first_one_not_that_of_a_second_import(look):
    """What the module had defined before it failed would be in the way."""
    once = "import sys\nassert not hasattr(sys, 'once')\nsys.once = True\n"
    report = look({"shop/billing.py": once + BROKEN}, TRY + "except Exception:\n    pass")
    ((_, finding),) = report.findings
    assert "no_such_payment_package" in finding.message


LIKELY = {
    "fallback": (
        BROKEN,
        TRY + "except ImportError:\n    bp = None",
        WARNED,
    ),
    "logged": (
        BROKEN,
        TRY + "except ImportError:\n    app.logger.warning('no billing')",
        WARNED,
    ),
    "configured": (
        "raise RuntimeError('no key')\n" + BILLING,
        TRY + "except RuntimeError:\n    app.logger.warning('billing is off')",
        WARNED,
    ),
    "old-and-broken": (BROKEN, "pass", WARNED),
    "forgotten": (BILLING, "pass", "blueprints.unregistered warn shop/billing.py:2"),
    "switched-off": (
        BILLING,
        "if app.config.get('BILLING'):\n    from .billing import bp",
        "blueprints.unregistered warn shop/billing.py:2",
    ),
    "acts": (
        BILLING + "open('touched', 'w')\n",
        "pass",
        "blueprints.unregistered warn shop/billing.py:2",
    ),
    "imported": (
        BILLING,
        "from . import billing",
        "blueprints.unregistered warn shop/billing.py:2",
    ),
}


@pytest.mark.parametrize(("billing", "factory", "finding"), LIKELY.values(), ids=LIKELY)
def test_what_may_be_meant_warns(look, tmp_path, billing, factory, finding):
    report = look({"shop/billing.py": billing}, factory)
    assert told(report) == [finding]
    assert not (tmp_path / "project" / "touched").exists()


ANOTHER_APP = "from flask import Flask\napp = Flask(__name__)\n"
NOTHING = {
    "factory": (
        {
            "shop/billing.py": "from flask import Blueprint\ndef make():\n"
            "    return Blueprint('billing', __name__)\n"
        },
        "pass",
    ),
    "nested": (
        {"shop/billing.py": BILLING},
        "from .billing import bp\n"
        "from flask import Blueprint\nparent = Blueprint('p', __name__)\n"
        "parent.register_blueprint(bp)\napp.register_blueprint(parent)",
    ),
    "loop": (
        {
            "shop/many.py": "from flask import Blueprint\n"
            "ALL = [Blueprint(n, __name__) for n in 'ab']\n"
        },
        "from .many import ALL\nfor bp in ALL: app.register_blueprint(bp)",
    ),
    "two-apps": (
        {"shop/billing.py": BILLING},
        "from .billing import bp\nFlask('other').register_blueprint(bp)",
    ),
    "fallback-of-the-same-name": (
        {"shop/billing.py": BROKEN, "shop/plain.py": BILLING},
        "try:\n    from .billing import bp\nexcept ImportError:\n    from .plain import bp\n"
        "app.register_blueprint(bp)",
    ),
    "old-copy": ({"shop/cart_old.py": CART}, "pass"),
    "not-a-blueprint": (
        {"shop/other.py": "import no_such_payment_package\n"},
        "try:\n    from . import other\nexcept ImportError: pass",
    ),
    "retried": (
        {
            "shop/billing.py": "import sys\nif not hasattr(sys, 'ready'):\n"
            "    sys.ready = 1\n    raise ImportError('early')\n" + BILLING
        },
        "try:\n    from .billing import bp\nexcept ImportError:\n    from .billing import bp\n"
        "app.register_blueprint(bp)",
    ),
    "script": ({"shop/billing.py": BILLING + "if __name__ == '__main__':\n    pass\n"}, "pass"),
    "manage": ({"manage.py": BROKEN, "shop/manage.py": BROKEN, "setup.py": BROKEN}, "pass"),
    "tests": ({"tests/billing.py": BROKEN, "shop/test_billing.py": BROKEN}, "pass"),
    "vendored": ({"shop/_vendor/billing.py": BROKEN, "vendor/billing.py": BROKEN}, "pass"),
    "another-app": ({"admin/app.py": ANOTHER_APP, "admin/billing.py": BROKEN}, "pass"),
    "app-module": ({"shop/billing.py": BILLING + ANOTHER_APP}, "pass"),
    "elsewhere": ({"service/billing.py": BROKEN, "notes.py": BROKEN}, "pass"),
    "made-by-nobody": (
        {
            "shop/billing.py": "from flask import Blueprint\n"
            "if False:\n    bp = Blueprint('billing', __name__)\n"
        },
        "pass",
    ),
}


@pytest.mark.parametrize(("files", "factory"), NOTHING.values(), ids=NOTHING)
def test_there_is_no_false_alarm(look, files, factory):
    report = look(files, factory)
    assert told(report) == []
    assert report.status is Status.PASS


@pytest.mark.parametrize("home", ["site-packages", ".."], ids=["installed", "elsewhere"])
def test_what_lies_around_an_app_that_is_not_of_this_folder_is_not_its_own(look, home):
    """It may be anything, and must not be imported."""
    path = f"import sys\nsys.path.insert(0, {home!r})\nfrom other import app\n"
    other = MAIN.replace("shop", "goods")
    goods = FACTORY + indent(BODY.format("pass"), "    ")
    beside = {"other.py": other, "goods/__init__.py": goods, "goods/cart.py": CART}
    beside["goods/billing.py"] = BILLING + "open('touched', 'w')"
    assert told(look({"main.py": path, **{f"{home}/{n}": t for n, t in beside.items()}})) == []


FLAT = """
from flask import Flask
from cart import bp as cart
from stock import bp as stock
app = Flask(__name__)
app.register_blueprint(cart)
app.register_blueprint(stock)
"""


def test_a_blueprint_beside_others_is_missed_without_any_package(look):
    """As small projects are: a module each, in one folder. Another app beside it is its own affair."""
    files = {
        "main.py": FLAT,
        "cart.py": CART,
        "stock.py": CART.replace("cart", "stock"),
        "billing.py": BILLING,
        "news/views.py": BILLING.replace("billing", "news"),
        "admin/app.py": ANOTHER_APP,
        "admin/views/users.py": BILLING.replace("billing", "users"),
    }
    assert told(look(files)) == [
        "blueprints.unregistered warn billing.py:2",
        "blueprints.unregistered warn news/views.py:2",
    ]


OURS_FAILS = """
import flask_bootcheck.trial.project
def python_files(folder):
    raise ZeroDivisionError("of ours")
flask_bootcheck.trial.project.python_files = python_files
"""


def test_a_failure_of_ours_is_told_and_loses_no_report(look):
    report = look({"main.py": OURS_FAILS + MAIN, "shop/billing.py": BILLING})
    ((result, finding),) = report.findings
    assert result.id == "blueprints.import-failed"
    assert finding.status is Status.WARN
    assert "RuntimeError: ZeroDivisionError: of ours" in finding.message


def test_a_missing_blueprint_is_named_with_the_file_that_makes_it(look):
    main = "import os\nos.environ['BOOTCHECK_BLUEPRINTS'] = 'billing'\n" + MAIN
    report = look({"main.py": main, "shop/billing.py": BILLING})
    assert told(report) == [
        "blueprints.missing fail shop/billing.py:2",
        "blueprints.unregistered warn shop/billing.py:2",
    ]


def test_the_app_is_not_touched(look):
    """A module that is imported apart registers nothing, and nothing of it stays."""
    import_apart = BILLING + "import shop, os\nshop.touched = os.getpid()\n"
    check = (
        "import flask_bootcheck\n"
        "boot = flask_bootcheck.BootCheck(app)\n"
        "@boot.check('shop.touched', stage=flask_bootcheck.Stage.APP)\n"
        "def touched():\n    import sys\n    assert 'shop.billing' not in sys.modules"
    )
    report = look({"shop/billing.py": import_apart}, check)
    assert told(report) == ["blueprints.unregistered warn shop/billing.py:2"]
