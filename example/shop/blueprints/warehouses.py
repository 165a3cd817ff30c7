"""The houses the goods live in."""

from flask import Blueprint
from sqlalchemy import select

from ..helpers import (
    Json,
    created,
    fields,
    given_fields,
    one_or_404,
    page_json,
    rows,
    table,
    text,
    updated,
    whole,
)
from ..models import Warehouse

bp = Blueprint("warehouses", __name__, url_prefix="/warehouses")

by_code = select(Warehouse).order_by(Warehouse.code)
capacity = whole(1, 1_000_000)


def used(warehouse: Warehouse) -> int:
    """How much of the house is full."""
    return sum(stock.quantity for stock in warehouse.stock)


@bp.get("")
def index() -> str:
    lines = ((w.code, w.city, used(w), w.capacity) for w in rows(by_code))
    return table("Warehouses", ["Code", "City", "Used", "Capacity"], lines)


@bp.get("/all.json")
def all_json() -> Json:
    return page_json(by_code)


@bp.post("")
def create() -> tuple[Json, int]:
    return created(Warehouse(**fields(code=text, city=text, capacity=capacity)))


@bp.get("/<code>")
def warehouse(code: str) -> Json:
    return one_or_404(Warehouse, code=code).to_dict()


@bp.patch("/<code>")
def change(code: str) -> Json:
    found = one_or_404(Warehouse, code=code)
    return updated(found, **given_fields(city=text, capacity=capacity))


@bp.get("/<code>/stock")
def stock(code: str) -> Json:
    found = one_or_404(Warehouse, code=code)
    return {stock.product.sku: stock.quantity for stock in found.stock}


@bp.get("/<code>/room")
def room(code: str) -> Json:
    found = one_or_404(Warehouse, code=code)
    return {"used": used(found), "free": found.capacity - used(found)}
