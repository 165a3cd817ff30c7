"""Projects that are written for a benchmark: each is large in one way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_MAIN = """
from importlib import import_module
from flask import Flask

def create_app():
    app = Flask(__name__)
    for number in range({count}):
        import_module(f"{package}.part{{number}}").register(app)
    app.add_url_rule("/", "index", lambda: "ok")
    return app

app = create_app()
"""
_BLUEPRINT = """
from flask import Blueprint, render_template_string, request

blueprint = Blueprint("part{number}", __name__, url_prefix="/part{number}")
TEMPLATE = "{{% for item in items %}}<li>{{{{ item }}}} of part {number}</li>{{% endfor %}}"
{views}

def register(app):
    app.register_blueprint(blueprint)
"""
_VIEW = """
class Form{view}:
    \"""What view {view} of part {number} is asked for.\"""
    fields = ("name{view}", "email{view}", "note{view}", "kind{view}")
    labels = {{field: field.title() for field in fields}}

    def __init__(self, given):
        self.given = {{field: given.get(field, "") for field in self.fields}}

    def errors(self):
        return [f"{{self.labels[f]}} is missing" for f in self.fields if not self.given[f]]

@blueprint.get("/{view}")
def view{view}():
    form = Form{view}(request.args)
    return render_template_string(TEMPLATE, items=form.errors())
"""
#: What a module of numbers has: a block without Python objects, and tables of them.
_NUMBERS = """
from array import array

BLOCK = array("d", [0.0]) * {block}
for index in range(0, {block}, 64):
    BLOCK[index] = index
TABLE = {{f"key {number} {{index}}": (index, str(index), [index]) for index in range({table})}}

def register(app):
    @app.get("/part{number}", endpoint="part{number}")
    def part():
        return str(sum(BLOCK[::4096]) + len(TABLE))
"""
_MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship
from main import db

class Order{number}(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    note: Mapped[str | None]
    lines: Mapped[list["Line{number}"]] = relationship(back_populates="order")

class Line{number}(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order{number}.id"))
    order: Mapped[Order{number}] = relationship(back_populates="lines")
    count: Mapped[int]

def register(app):
    @app.get("/part{number}", endpoint="part{number}")
    def part():
        found = db.session.scalars(db.select(Order{number}).limit(20)).all()
        return f"{{len(found)}} {{[len(order.lines) for order in found]}}"
"""
_WITH_DATABASE = """
import os
from importlib import import_module
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()

def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    db.init_app(app)
    for number in range({count}):
        import_module(f"{package}.part{{number}}").register(app)
    app.add_url_rule("/", "index", lambda: "ok")
    with app.app_context():
        db.create_all()
    return app

app = create_app()
"""


def write_blueprints(folder: Path, blueprints: int = 40, views: int = 25) -> None:
    """Many modules, each with a blueprint, classes and templates."""
    views_of = range(views)
    _write(
        folder,
        _MAIN,
        (
            _BLUEPRINT.format(
                number=number,
                views="".join(_VIEW.format(view=view, number=number) for view in views_of),
            )
            for number in range(blueprints)
        ),
    )


def write_numbers(folder: Path, modules: int = 8) -> None:
    """Large blocks of memory, and tables that the garbage collector goes over."""
    parts = (
        _NUMBERS.format(number=number, block=500_000, table=8_000) for number in range(modules)
    )
    _write(folder, _MAIN, parts)


def write_models(folder: Path, modules: int = 40) -> None:
    """Two tables a module, with SQLAlchemy."""
    parts = (_MODELS.format(number=number) for number in range(modules))
    _write(folder, _WITH_DATABASE, parts)


def _write(folder: Path, main: str, parts: Iterator[str]) -> None:
    package = folder / "parts"
    package.mkdir()
    (package / "__init__.py").write_text("")
    count = 0
    for count, text in enumerate(parts, 1):
        (package / f"part{count - 1}.py").write_text(text)
    (folder / "main.py").write_text(main.format(count=count, package="parts"))
