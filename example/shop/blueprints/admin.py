"""Behind the counter. A real shop puts a login in front of this; the demo has none."""

from flask import Blueprint, render_template
from sqlalchemy import func, select

from ..extensions import db
from ..helpers import (
    Json,
    cents,
    created,
    fields,
    given_fields,
    money,
    one_or_404,
    row_or_404,
    rows,
    table,
    text,
    updated,
    whole,
)
from ..models import Category, Customer, Message, Order, Product, Review, Supplier

bp = Blueprint("admin", __name__, url_prefix="/admin")

COUNTED = (Product, Customer, Order, Review, Message)


@bp.get("")
def index() -> str:
    counts = {
        model.__name__: db.session.scalar(select(func.count()).select_from(model))
        for model in COUNTED
    }
    return render_template("admin.html", counts=counts)


@bp.get("/products")
def products() -> str:
    lines = (
        (p.sku, p.name, money(p.price_cents), p.supplier.name, "yes" if p.active else "no")
        for p in rows(select(Product).order_by(Product.sku))
    )
    return table("Products", ["Number", "Name", "Price", "Supplier", "For sale"], lines)


@bp.get("/customers")
def customers() -> str:
    found = rows(select(Customer).order_by(Customer.name))
    lines = ((c.name, c.email, len(c.orders), c.points) for c in found)
    return table("Customers", ["Name", "Address", "Orders", "Points"], lines)


@bp.get("/reviews")
def reviews() -> str:
    found = rows(select(Review).order_by(Review.stars, Review.id))
    lines = ((r.product.name, r.stars, r.customer.name, r.text) for r in found)
    return table("Reviews, worst first", ["Product", "Stars", "By", "Text"], lines)


@bp.get("/messages")
def messages() -> str:
    found = rows(select(Message).order_by(Message.closed, Message.id))
    lines = ((m.topic, m.email, m.text, "closed" if m.closed else "open") for m in found)
    return table("Messages", ["Topic", "From", "Text", "State"], lines)


@bp.post("/products")
def create() -> tuple[Json, int]:
    given = fields(
        sku=text,
        name=text,
        price_cents=cents,
        weight_g=whole(1, 20_000),
        category=text,
        supplier=text,
    )
    category = one_or_404(Category, slug=given.pop("category"))
    supplier = one_or_404(Supplier, name=given.pop("supplier"))
    return created(Product(category=category, supplier=supplier, **given))


@bp.patch("/products/<int:number>")
def change(number: int) -> Json:
    changes = given_fields(name=text, description=text, weight_g=whole(1, 20_000))
    return updated(row_or_404(Product, number), **changes)


@bp.post("/products/<int:number>/price")
def reprice(number: int) -> Json:
    """A lower price is shown next to the old one; a higher one is just the price."""
    product, price = row_or_404(Product, number), fields(price_cents=cents)["price_cents"]
    was = product.price_cents if price < product.price_cents else None
    return updated(product, price_cents=price, was_cents=was)


@bp.post("/products/<int:number>/retire")
def retire(number: int) -> Json:
    return updated(row_or_404(Product, number), active=False)
