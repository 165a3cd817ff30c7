"""Things to want later."""

from collections.abc import Sequence

from flask import Blueprint, render_template, session
from sqlalchemy import select
from werkzeug.wrappers import Response

from .. import basket
from ..helpers import Json, dicts, row_or_404, rows, see_other
from ..models import Product

bp = Blueprint("wishlist", __name__, url_prefix="/wishlist")


def wished() -> Sequence[Product]:
    """The products on the wishlist, by name."""
    return rows(select(Product).where(Product.id.in_(basket.wishes())).order_by(Product.name))


@bp.get("")
def index() -> str:
    return render_template("wishlist.html", products=wished())


@bp.get("/items.json")
def items() -> list[Json]:
    return dicts(wished())


@bp.post("/<int:number>")
def add(number: int) -> Response:
    basket.wish(row_or_404(Product, number))
    return see_other("wishlist.index")


@bp.post("/<int:number>/remove")
def remove(number: int) -> Response:
    basket.unwish(row_or_404(Product, number))
    return see_other("wishlist.index")


@bp.post("/<int:number>/to-cart")
def to_cart(number: int) -> Response:
    product = row_or_404(Product, number)
    basket.add(product)
    basket.unwish(product)
    return see_other("cart.index")


@bp.post("/clear")
def clear() -> Response:
    session.pop("wishes", None)
    return see_other("wishlist.index")
