"""Notes on who paid what. No money moves: this is a ledger, not a payment provider."""

from flask import Blueprint, abort
from sqlalchemy import func, select

from ..extensions import db
from ..helpers import Json, cents, created, dicts, fields, page_json, row_or_404, rows, updated
from ..models import Order, Payment

bp = Blueprint("payments", __name__, url_prefix="/payments")

METHODS = {"invoice": "Invoice, 14 days", "cash": "Cash, in a store", "transfer": "Bank transfer"}


def method(value: str) -> str:
    """One of the ways to pay."""
    if value not in METHODS:
        raise ValueError
    return value


@bp.get("")
def index() -> Json:
    return page_json(select(Payment).order_by(Payment.id.desc()))


@bp.get("/methods")
def methods() -> Json:
    return dict(METHODS)


@bp.get("/totals")
def totals() -> Json:
    summed = select(Payment.status, func.sum(Payment.amount_cents)).group_by(Payment.status)
    return {status: int(total) for status, total in db.session.execute(summed)}


@bp.get("/<int:number>")
def payment(number: int) -> Json:
    return row_or_404(Payment, number).to_dict()


@bp.post("/<int:number>/refund")
def refund(number: int) -> Json:
    found = row_or_404(Payment, number)
    if found.status != "noted":
        abort(409, f"This payment is {found.status}.")
    return updated(found, status="refunded")


@bp.get("/orders/<int:number>")
def of_order(number: int) -> list[Json]:
    order = row_or_404(Order, number)
    return dicts(rows(select(Payment).where(Payment.order_id == order.id)))


@bp.post("/orders/<int:number>")
def note(number: int) -> tuple[Json, int]:
    order = row_or_404(Order, number)
    return created(Payment(order=order, **fields(method=method, amount_cents=cents)))
