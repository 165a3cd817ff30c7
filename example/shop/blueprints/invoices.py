"""Invoices: every order that was not cancelled has one, with the order's number."""

from collections import Counter

from flask import Blueprint, Response, abort, render_template
from sqlalchemy import select

from ..helpers import Json, dicts, money, row_or_404, rows, table
from ..models import Order

bp = Blueprint("invoices", __name__, url_prefix="/invoices")

billed = select(Order).where(Order.status != "cancelled").order_by(Order.id)


def invoice_or_404(number: int) -> Order:
    """The order behind an invoice; a cancelled one has none."""
    order = row_or_404(Order, number)
    if order.status == "cancelled":
        abort(404)
    return order


@bp.get("")
def index() -> str:
    lines = (
        (order.id, order.created_at.date(), order.customer.name, money(order.total_cents))
        for order in rows(billed)
    )
    return table("Invoices", ["Number", "Date", "Customer", "Total"], lines)


@bp.get("/months.json")
def months() -> Json:
    summed: Counter[str] = Counter()
    for order in rows(billed):
        summed[f"{order.created_at:%Y-%m}"] += order.total_cents
    return dict(summed)


@bp.get("/<int:number>")
def invoice(number: int) -> str:
    return render_template("invoice.html", order=invoice_or_404(number))


@bp.get("/<int:number>.json")
def invoice_json(number: int) -> Json:
    order = invoice_or_404(number)
    return {**order.to_dict(), "to": order.customer.name, "lines": dicts(order.lines)}


@bp.get("/<int:number>.txt")
def invoice_text(number: int) -> Response:
    order = invoice_or_404(number)
    columns = [
        *((line.quantity, line.product.name, line.total_cents) for line in order.lines),
        ("", "Shipping", order.shipping_cents),
        ("", "Discount", -order.discount_cents),
        ("", "Total", order.total_cents),
    ]
    lines = [f"{count:>3} {name:<30} {money(price):>14}" for count, name, price in columns]
    return Response("\n".join([f"Invoice {order.id}", *lines, ""]), mimetype="text/plain")
