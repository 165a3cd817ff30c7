"""Getting it there."""

import secrets

from flask import Blueprint, abort, request
from sqlalchemy import select

from ..helpers import (
    MAX_INTEGER,
    Json,
    created,
    money,
    one_or_404,
    page_json,
    row_or_404,
    table,
    within,
)
from ..models import Order, Shipment
from ..post import COUNTRIES, METHODS, offers

bp = Blueprint("shipping", __name__, url_prefix="/shipping")


@bp.get("")
def index() -> str:
    lines = ((m.name, m.days, f"{m.most_g} g", money(m.price(1000))) for m in METHODS.values())
    return table("Shipping", ["How", "Days", "At most", "One kilogram"], lines)


@bp.get("/methods.json")
def methods() -> list[Json]:
    return [method._asdict() for method in METHODS.values()]


@bp.get("/countries.json")
def countries() -> Json:
    return dict(COUNTRIES)


@bp.get("/quote.json")
def quote() -> list[Json]:
    return offers(within(request.args.get("weight_g", 100, int), 0, MAX_INTEGER))


@bp.get("/shipments.json")
def shipments() -> Json:
    return page_json(select(Shipment).order_by(Shipment.id.desc()))


@bp.get("/track/<tracking>")
def track(tracking: str) -> Json:
    found = one_or_404(Shipment, tracking=tracking.upper())
    return {"order": found.order_id, "sent": found.created_at.isoformat()}


@bp.post("/orders/<int:number>")
def ship(number: int) -> tuple[Json, int]:
    order = row_or_404(Order, number)
    if order.status != "open":
        abort(409, f"This order is {order.status}.")
    order.status = "sent"
    return created(Shipment(order=order, tracking=secrets.token_hex(4).upper()))
