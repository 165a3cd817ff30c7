"""From a cart to an order."""

from flask import Blueprint, abort, render_template
from werkzeug.wrappers import Response

from .. import basket
from ..helpers import Json, demo_customer, fields, row_or_404, save, see_other
from ..models import Order, OrderLine
from ..post import METHODS, Method, offers

bp = Blueprint("checkout", __name__, url_prefix="/checkout")


def complaints(lines: list[basket.Line]) -> list[str]:
    """Why this cart cannot be ordered; nothing if it can."""
    if not lines:
        return ["The cart is empty."]
    return [
        f"Only {line.product.on_hand} left of {line.product.name}."
        for line in lines
        if line.product.on_hand < line.quantity
    ]


@bp.get("")
def index() -> str:
    totals = basket.totals()
    return render_template(
        "checkout.html",
        customer=demo_customer(),
        lines=basket.lines(),
        totals=totals,
        offers=offers(totals["weight_g"]),
        complaints=complaints(basket.lines()),
    )


@bp.post("")
def place() -> Response:
    method: Method = fields(shipping=METHODS.__getitem__)["shipping"]
    lines, totals = basket.lines(), basket.totals()
    problems = complaints(lines)
    if totals["weight_g"] > method.most_g:
        problems.append(f"Too heavy for: {method.name}.")
    if problems:
        abort(409, " ".join(problems))
    order = Order(
        customer=demo_customer(),
        shipping=method.key,
        shipping_cents=method.price(totals["weight_g"]),
        discount_cents=totals["discount_cents"],
        lines=[
            OrderLine(
                product=line.product, quantity=line.quantity, unit_cents=line.product.price_cents
            )
            for line in lines
        ],
    )
    save(order)
    basket.empty()
    return see_other("checkout.done", number=order.id)


@bp.get("/done/<int:number>")
def done(number: int) -> str:
    order = row_or_404(Order, number)
    return render_template("order.html", title="Thank you", order=order)


@bp.get("/totals.json")
def totals() -> Json:
    return dict(basket.totals())


@bp.get("/shipping.json")
def shipping() -> list[Json]:
    return offers(basket.totals()["weight_g"])


@bp.get("/check.json")
def check() -> Json:
    found = complaints(basket.lines())
    return {"ready": not found, "complaints": found}
