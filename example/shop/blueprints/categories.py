"""The shelves."""

from flask import Blueprint, render_template
from sqlalchemy import Select, func, select

from ..extensions import db
from ..helpers import Json, one_or_404, page_json, page_of, rows
from ..models import Category, Product

bp = Blueprint("categories", __name__, url_prefix="/categories")

by_name = select(Category).order_by(Category.name)


def products_in(slug: str) -> tuple[Category, Select[tuple[Product]]]:
    """What is on one shelf; no such shelf is a 404, an empty one is not."""
    category = one_or_404(Category, slug=slug)
    shelf = select(Product).where(Product.active, Product.category_id == category.id)
    return category, shelf.order_by(Product.name)


@bp.get("")
def index() -> str:
    return render_template("categories.html", categories=rows(by_name))


@bp.get("/<slug>")
def category(slug: str) -> str:
    found, products = products_in(slug)
    return render_template("products.html", title=found.name, page=page_of(products))


@bp.get("/all.json")
def all_json() -> Json:
    return page_json(by_name)


@bp.get("/sizes.json")
def sizes() -> Json:
    counted = select(Category.slug, func.count(Product.id)).outerjoin(Product)
    return {row.slug: row[1] for row in db.session.execute(counted.group_by(Category.slug))}


@bp.get("/<slug>/products.json")
def products(slug: str) -> Json:
    return page_json(products_in(slug)[1])


@bp.get("/<slug>/prices.json")
def prices(slug: str) -> Json:
    found = [product.price_cents for product in rows(products_in(slug)[1])]
    return {"from_cents": min(found, default=None), "to_cents": max(found, default=None)}
