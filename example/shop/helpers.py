"""What the blueprints share: rows and pages of rows, input, saving, plain tables."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from flask import abort, redirect, render_template, request, url_for
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import Select, select
from werkzeug.wrappers import Response

from .extensions import Base, db
from .models import Article, Customer

Json = dict[str, Any]
Row = TypeVar("Row", bound=Base)
Number = TypeVar("Number", int, float)

MAX_INTEGER = 2**31 - 1  # of a PostgreSQL integer column; a bigger number is an error there
MAX_PAGE = 10_000


def rows(query: Select[tuple[Row]]) -> Sequence[Row]:
    """All rows of a query for one model."""
    return db.session.scalars(query).all()


def row_or_404(model: type[Row], number: int) -> Row:
    """The row with this id, else a 404."""
    if number > MAX_INTEGER:
        abort(404)
    return db.get_or_404(model, number)


def one_or_404(model: type[Row], **wanted: Any) -> Row:
    """The one row with these values, else a 404."""
    return db.first_or_404(select(model).filter_by(**wanted))


def within(value: Number, low: Number, high: Number) -> Number:
    """The value, or the nearer end of the range; not-a-number is not let through."""
    return max(low, min(high, value))


def page_of(query: Select[tuple[Row]], per_page: int = 12) -> Pagination:
    """The page of a query that ``?page=`` asks for."""
    number = within(request.args.get("page", 1, int), 1, MAX_PAGE)
    return db.paginate(query, page=number, per_page=per_page)


def page_json(query: Select[tuple[Row]]) -> Json:
    """The same page for a program."""
    page = page_of(query, per_page=50)
    return {"items": dicts(page), "page": page.page, "pages": page.pages, "total": page.total}


def dicts(found: Iterable[Base]) -> list[Json]:
    """Rows as a program wants them."""
    return [row.to_dict() for row in found]


def articles(kind: str) -> Select[tuple[Article]]:
    """Blog posts, pages, questions and press releases are all articles; newest first."""
    newest_first = (Article.published_on.desc(), Article.id)
    return select(Article).where(Article.kind == kind).order_by(*newest_first)


def tags_of(kind: str) -> list[str]:
    """Every tag used by one kind of article."""
    return sorted({tag for article in rows(articles(kind)) for tag in article.tag_list})


def demo_customer() -> Customer:
    """Who is shopping: without a login, the first customer there is."""
    return db.first_or_404(select(Customer).order_by(Customer.id))


def save(*changed: Base) -> None:
    """Add what is new and commit what changed."""
    db.session.add_all(changed)
    db.session.commit()


def created(row: Base) -> tuple[Json, int]:
    """Save a new row and answer with it."""
    save(row)
    return row.to_dict(), 201


def removed(row: Base) -> tuple[str, int]:
    """Delete a row and answer with nothing."""
    db.session.delete(row)
    db.session.commit()
    return "", 204


def updated(row: Base, **changes: Any) -> Json:
    """Set the given attributes, save, and answer with the row."""
    for name, value in changes.items():
        setattr(row, name, value)
    save(row)
    return row.to_dict()


def fields(**kinds: Callable[[Any], Any]) -> Json:
    """The named fields of a JSON body or a form, each through its kind, else a 400."""
    given = _body()
    missing = [name for name in kinds if name not in given]
    if missing:
        abort(400, f"Missing: {', '.join(missing)}.")
    return given_fields(**kinds)


def given_fields(**kinds: Callable[[Any], Any]) -> Json:
    """Like :func:`fields`, but only those that were sent."""
    given = _body()
    values = {}
    for name in kinds.keys() & given.keys():
        try:
            values[name] = kinds[name](given[name])
        except (TypeError, ValueError, LookupError, OverflowError):
            abort(400, f"Not a valid {name}.")
    return values


def _body() -> Json:
    given = request.get_json() if request.is_json else request.form.to_dict()
    if not isinstance(given, dict):
        abort(400, "An object was expected.")
    return given


def text(value: Any) -> str:
    """Some text."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    return value.strip()


def email(value: Any) -> str:
    """Something that can be an e-mail address."""
    name, at, host = text(value).partition("@")
    if not (name and at and host):
        raise ValueError
    return f"{name}@{host}".lower()


def whole(low: int, high: int) -> Callable[[Any], int]:
    """A kind for :func:`fields`: a whole number from ``low`` to ``high``."""

    def parse(value: Any) -> int:
        number = int(value)
        if not low <= number <= high:
            raise ValueError
        return number

    return parse


cents = whole(0, 10_000_000)
percent = whole(1, 90)
quantity = whole(1, 99)


def money(value: int) -> str:
    """Cents as a price."""
    sign = "-" if value < 0 else ""
    return f"{sign}{abs(value) // 100}.{abs(value) % 100:02d} EUR"


def see_other(endpoint: str, **values: Any) -> Response:
    """After a form was sent: on to a page that can be reloaded."""
    return redirect(url_for(endpoint, **values), 303)


def table(title: str, columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    """A plain page with one table, for the people behind the counter."""
    return render_template("table.html", title=title, columns=columns, lines=list(lines))
