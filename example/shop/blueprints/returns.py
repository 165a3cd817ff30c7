"""Sending it back."""

from flask import Blueprint, abort, render_template
from sqlalchemy import select
from werkzeug.wrappers import Response

from ..helpers import (
    MAX_INTEGER,
    Json,
    fields,
    page_json,
    row_or_404,
    save,
    see_other,
    updated,
    whole,
)
from ..models import Order, Return

bp = Blueprint("returns", __name__, url_prefix="/returns")

REASONS = {
    "damaged": "It arrived damaged",
    "wrong": "It is not what I ordered",
    "regret": "I changed my mind",
}

newest = select(Return).order_by(Return.id.desc())


def reason(value: str) -> str:
    """One of the reasons the form offers."""
    if value not in REASONS:
        raise ValueError
    return value


@bp.get("")
def index() -> str:
    return render_template("returns.html", reasons=REASONS)


@bp.post("")
def ask() -> Response:
    given = fields(order=whole(1, MAX_INTEGER), reason=reason)
    order = row_or_404(Order, given["order"])
    if order.status != "sent":
        abort(409, "Only what was sent can come back.")
    save(Return(order=order, reason=given["reason"]))
    return see_other("orders.order", number=order.id)


@bp.get("/reasons.json")
def reasons() -> Json:
    return dict(REASONS)


@bp.get("/all.json")
def all_json() -> Json:
    return page_json(newest)


@bp.get("/open.json")
def open_json() -> Json:
    return page_json(newest.where(Return.status == "open"))


@bp.get("/<int:number>.json")
def one(number: int) -> Json:
    return row_or_404(Return, number).to_dict()


@bp.post("/<int:number>/accept")
def accept(number: int) -> Json:
    return updated(row_or_404(Return, number), status="accepted")


@bp.post("/<int:number>/refuse")
def refuse(number: int) -> Json:
    return updated(row_or_404(Return, number), status="refused")
