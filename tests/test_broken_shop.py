"""The example with one blueprint broken in each of the ways they break: ``flask bootcheck``, as a
person runs it, names the trouble with file and line."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

from .test_cli import Project

pytestmark = pytest.mark.skipif(
    version("Flask-SQLAlchemy").startswith("3.0"), reason="the example needs Flask-SQLAlchemy 3.1"
)

EXAMPLE = Path(__file__).parent.parent / "example"
CART, REGISTER = "shop/blueprints/cart.py", "shop/blueprints/__init__.py"
REGISTERED = '        app.register_blueprint(import_module(f".{name}", __name__).bp)\n'
SWALLOWED = (
    "        try:\n"
    '            app.register_blueprint(import_module(f".{name}", __name__).bp)\n'
    "        except ImportError:\n"
    "            pass\n"
)
MADE = 'bp = Blueprint("cart", __name__, url_prefix="/cart")'


@dataclass(frozen=True)
class Way:
    """Texts to replace, by file, and the finding that names it: its status and id, its place as
    the text of that line, and what the message or the hint names."""

    edits: dict[str, tuple[str, str]]
    finding: str
    place: tuple[str, str]
    said: str
    locked: bool = False


WAYS = {
    "import-error-swallowed": Way(
        {REGISTER: (REGISTERED, SWALLOWED), CART: ("import basket", "import baskets")},
        "FAIL  blueprints.import-failed",
        (CART, "from .. import baskets"),
        "cannot import name 'baskets'",
    ),
    "syntax-error": Way(
        {CART: ("def summary() -> Json:", "def summary() -> Json")},
        "FAIL  app.import-failed",
        (CART, "def summary() -> Json"),
        "SyntaxError: expected ':'",
    ),
    "syntax-error-swallowed": Way(
        {
            REGISTER: (REGISTERED, SWALLOWED.replace("ImportError", "Exception")),
            CART: ("def summary() -> Json:", "def summary() -> Json"),
        },
        "FAIL  blueprints.import-failed",
        (CART, "def summary() -> Json"),
        "SyntaxError: expected ':'",
    ),
    "name-clash": Way(
        {CART: (MADE, MADE.replace('"cart"', '"orders"'))},
        "FAIL  app.import-failed",
        (REGISTER, REGISTERED.strip()),
        f"'orders': shop.blueprints.cart ({CART}:10)",
    ),
    "registered-twice": Way(
        {
            REGISTER: (
                REGISTERED,
                REGISTERED + "    app.register_blueprint(import_module('.cart', __name__).bp)",
            )
        },
        "FAIL  app.import-failed",
        (REGISTER, "    app.register_blueprint(import_module('.cart', __name__).bp)"),
        f"({CART}:10)",
    ),
    "never-registered": Way(
        {REGISTER: (REGISTERED, f'        if name != "cart":\n    {REGISTERED}')},
        "FAIL  blueprints.missing",
        (CART, MADE),
        "register_blueprint()",
    ),
    "never-registered-nor-named": Way(
        {REGISTER: ('    "cart",\n', "")},
        "WARN  blueprints.unregistered",
        (CART, MADE),
        "which nothing imports",
    ),
    "wrong-prefix": Way(
        {CART: (MADE, MADE.replace("/cart", "/basket"))},
        "FAIL  routes.missing",
        (CART, MADE.replace("/cart", "/basket")),
        "8 routes of blueprint 'cart': ",
        locked=True,
    ),
    "template-folder": Way(
        {CART: (MADE, MADE.replace(")", ', template_folder="pages")'))},
        "WARN  blueprints.folder-missing",
        (CART, MADE.replace(")", ', template_folder="pages")')),
        "shop/blueprints/pages",
    ),
    "endpoint-renamed": Way(
        {CART: ("def count() -> Json:", "def how_many() -> Json:")},
        "FAIL  routes.missing",
        (CART, '@bp.get("/count.json")'),
        "cart.how_many",
        locked=True,
    ),
}


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A copy of the example."""
    ignored = shutil.ignore_patterns("instance", "__pycache__")
    shutil.copytree(EXAMPLE, tmp_path / "shop", ignore=ignored)
    return Project(tmp_path / "shop")


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_each_way_a_blueprint_breaks_is_named_with_its_place(shop: Project, way: Way) -> None:
    """The id, the file and line, and what is wrong; nothing of ours is in the way."""
    if way.locked:
        assert shop.run("lock", app="main").returncode == 0
    for name, (old, new) in way.edits.items():
        text = (shop.folder / name).read_text()
        assert text.count(old) == 1
        shop.write(name, text.replace(old, new))

    done = shop.run("--no-live", app="main")

    file, text = way.place
    lines = (shop.folder / file).read_text().splitlines()
    place = f"({file}:{[line.strip() for line in lines].index(text.strip()) + 1})"
    found = [line for line in done.stdout.splitlines() if re.search(r"FAIL  |WARN  ", line)]
    (named,) = [line for line in found if way.finding in line]
    assert named.endswith(place)
    assert way.said in done.stdout
    assert done.returncode == (1 if "FAIL" in "".join(found) else 0)
    assert "Traceback" not in done.stdout + done.stderr


def test_whole_there_is_nothing_to_name(shop: Project) -> None:
    """Locked, too."""
    assert shop.run("lock", app="main").returncode == 0
    done = shop.run("--no-live", app="main")
    assert done.returncode == 0
    assert "blueprints   30 registered, 212 routes" in done.stdout
    assert "routes       212 locked" in done.stdout
    assert not re.search(r"(FAIL|WARN)  (app|blueprints|routes)\.", done.stdout)
