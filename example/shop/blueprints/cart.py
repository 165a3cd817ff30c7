"""The cart."""

from flask import Blueprint, abort, render_template, session
from werkzeug.wrappers import Response

from .. import basket
from ..helpers import Json, fields, one_or_404, quantity, row_or_404, see_other, text
from ..models import Coupon, Product

bp = Blueprint("cart", __name__, url_prefix="/cart")


@bp.get("")
def index() -> str:
    return render_template(
        "cart.html", lines=basket.lines(), totals=basket.totals(), coupon=basket.coupon()
    )


@bp.get("/summary.json")
def summary() -> Json:
    lines = [
        {"product_id": line.product.id, "quantity": line.quantity, "total_cents": line.total_cents}
        for line in basket.lines()
    ]
    return {"lines": lines, **basket.totals()}


@bp.get("/count.json")
def count() -> Json:
    return {"count": basket.count()}


@bp.post("/items/<int:number>")
def add(number: int) -> Response:
    product = row_or_404(Product, number)
    if not product.active:
        abort(409, "This is no longer sold.")
    basket.add(product)
    return see_other("cart.index")


@bp.post("/items/<int:number>/quantity")
def change(number: int) -> Response:
    basket.put(row_or_404(Product, number), **fields(quantity=quantity))
    return see_other("cart.index")


@bp.post("/items/<int:number>/remove")
def remove(number: int) -> Response:
    basket.take_out(row_or_404(Product, number))
    return see_other("cart.index")


@bp.post("/coupon")
def coupon() -> Response:
    code = fields(code=text)["code"].upper()
    session["coupon"] = one_or_404(Coupon, code=code, active=True).code
    return see_other("cart.index")


@bp.post("/clear")
def clear() -> Response:
    basket.empty()
    return see_other("cart.index")
