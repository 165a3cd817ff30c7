"""What was ordered."""

from flask import Blueprint, abort, render_template
from sqlalchemy import select
from werkzeug.wrappers import Response

from ..helpers import Json, dicts, money, page_json, row_or_404, rows, save, see_other, table
from ..models import Order

bp = Blueprint("orders", __name__, url_prefix="/orders")

newest = select(Order).order_by(Order.id.desc())


@bp.get("")
def index() -> str:
    lines = (
        (order.id, order.customer.name, order.status, money(order.total_cents))
        for order in rows(newest)
    )
    return table("Orders", ["Number", "Customer", "Status", "Total"], lines)


@bp.get("/all.json")
def all_json() -> Json:
    return page_json(newest)


@bp.get("/latest.json")
def latest() -> list[Json]:
    return dicts(rows(newest.limit(5)))


@bp.get("/status/<status>.json")
def by_status(status: str) -> Json:
    return page_json(newest.where(Order.status == status))


@bp.get("/<int:number>")
def order(number: int) -> str:
    return render_template("order.html", title="Order", order=row_or_404(Order, number))


@bp.get("/<int:number>.json")
def order_json(number: int) -> Json:
    found = row_or_404(Order, number)
    return {**found.to_dict(), "lines": dicts(found.lines)}


@bp.post("/<int:number>/cancel")
def cancel(number: int) -> Response:
    found = row_or_404(Order, number)
    if found.status != "open":
        abort(409, f"This order is {found.status}.")
    found.status = "cancelled"
    save(found)
    return see_other("orders.order", number=number)
