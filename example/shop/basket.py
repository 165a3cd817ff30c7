"""The cart and the wishlist. Both live in the session cookie, so no table needs cleaning up."""

from typing import Any, NamedTuple

from flask import session
from sqlalchemy import select

from .extensions import db
from .helpers import rows
from .models import Coupon, Product

MOST_OF_ONE = 99


class Line(NamedTuple):
    """One product in the cart."""

    product: Product
    quantity: int

    @property
    def total_cents(self) -> int:
        """What this line costs today."""
        return self.quantity * self.product.price_cents


def count() -> int:
    """How many things are in the cart; asks no database, for it is on every page."""
    return sum(session.get("cart", {}).values())


def put(product: Product, quantity: int) -> None:
    """Put a product in, in exactly this quantity."""
    # The keys of a session are strings: it travels as JSON.
    session["cart"] = {**session.get("cart", {}), str(product.id): min(quantity, MOST_OF_ONE)}


def add(product: Product, quantity: int = 1) -> None:
    """Put more of a product in."""
    put(product, session.get("cart", {}).get(str(product.id), 0) + quantity)


def take_out(product: Product) -> None:
    """Take a product out, if it is there."""
    cart = session.get("cart", {})
    session["cart"] = {key: value for key, value in cart.items() if key != str(product.id)}


def empty() -> None:
    """Forget the cart and the coupon."""
    session.pop("cart", None)
    session.pop("coupon", None)


def lines() -> list[Line]:
    """What is in the cart; a product that is gone or no longer sold has left it too."""
    cart = session.get("cart", {})
    wanted = Product.id.in_(int(key) for key in cart)
    found = rows(select(Product).where(wanted, Product.active).order_by(Product.name))
    return [Line(product, cart[str(product.id)]) for product in found]


def coupon() -> Coupon | None:
    """The coupon on this cart, while it is valid."""
    return db.session.scalar(select(Coupon).filter_by(code=session.get("coupon"), active=True))


def totals() -> dict[str, int]:
    """Goods, discount, and weight of the cart."""
    content = lines()
    goods = sum(line.total_cents for line in content)
    reduction = coupon()
    return {
        "goods_cents": goods,
        "discount_cents": goods * reduction.percent // 100 if reduction else 0,
        "weight_g": sum(line.quantity * line.product.weight_g for line in content),
    }


def wishes() -> list[int]:
    """The ids of the products on the wishlist."""
    return session.get("wishes", [])


def wish(product: Product) -> None:
    """Put a product on the wishlist, once."""
    session["wishes"] = [*(key for key in wishes() if key != product.id), product.id]


def unwish(product: Product) -> None:
    """Take a product off the wishlist, if it is there."""
    session["wishes"] = [key for key in wishes() if key != product.id]


def context() -> dict[str, Any]:
    """What every template may use."""
    return {"cart_count": count()}
