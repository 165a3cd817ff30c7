"""Customers, for programs."""

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
    text,
    updated,
)
from ..models import Customer

bp = Blueprint("customers", __name__, url_prefix="/customers")


@bp.get("")
def index() -> Json:
    return page_json(select(Customer).order_by(Customer.name))


@bp.post("")
def create() -> tuple[Json, int]:
    return created(Customer(**fields(name=text, email=email)))


@bp.get("/<int:number>")
def customer(number: int) -> Json:
    return row_or_404(Customer, number).to_dict()


@bp.patch("/<int:number>")
def change(number: int) -> Json:
    return updated(row_or_404(Customer, number), **given_fields(name=text, email=email))


@bp.delete("/<int:number>")
def delete(number: int) -> tuple[str, int]:
    found = row_or_404(Customer, number)
    if found.orders or found.reviews:
        abort(409, "Orders and reviews keep their customer.")
    return removed(found)


@bp.get("/<int:number>/orders")
def orders(number: int) -> list[Json]:
    return dicts(row_or_404(Customer, number).orders)


@bp.get("/<int:number>/reviews")
def reviews(number: int) -> list[Json]:
    return dicts(row_or_404(Customer, number).reviews)


@bp.get("/<int:number>/spent")
def spent(number: int) -> Json:
    kept = [o for o in row_or_404(Customer, number).orders if o.status != "cancelled"]
    return {"orders": len(kept), "total_cents": sum(order.total_cents for order in kept)}
