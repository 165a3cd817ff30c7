"""Where the goods come from."""

from flask import Blueprint, abort
from sqlalchemy import select

from ..helpers import (
    Json,
    created,
    dicts,
    email,
    fields,
    given_fields,
    page_json,
    removed,
    row_or_404,
    rows,
    table,
    text,
    updated,
)
from ..models import Supplier

bp = Blueprint("suppliers", __name__, url_prefix="/suppliers")

by_name = select(Supplier).order_by(Supplier.name)


@bp.get("")
def index() -> str:
    lines = ((s.name, s.country, s.email, len(s.products)) for s in rows(by_name))
    return table("Suppliers", ["Name", "Country", "Address", "Products"], lines)


@bp.get("/all.json")
def all_json() -> Json:
    return page_json(by_name)


@bp.post("")
def create() -> tuple[Json, int]:
    return created(Supplier(**fields(name=text, email=email, country=text)))


@bp.get("/<int:number>")
def supplier(number: int) -> Json:
    return row_or_404(Supplier, number).to_dict()


@bp.patch("/<int:number>")
def change(number: int) -> Json:
    changes = given_fields(name=text, email=email, country=text)
    return updated(row_or_404(Supplier, number), **changes)


@bp.delete("/<int:number>")
def delete(number: int) -> tuple[str, int]:
    found = row_or_404(Supplier, number)
    if found.products:
        abort(409, "Products keep their supplier.")
    return removed(found)


@bp.get("/<int:number>/products")
def products(number: int) -> list[Json]:
    return dicts(row_or_404(Supplier, number).products)
