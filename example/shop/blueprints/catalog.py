"""The shop window: what a visitor sees first."""

from flask import Blueprint, render_template
from sqlalchemy import Select, func, select

from ..helpers import Json, dicts, page_json, page_of, row_or_404, rows
from ..models import Category, Product, Review

bp = Blueprint("catalog", __name__)

for_sale = select(Product).where(Product.active).order_by(Product.name)
newest = select(Product).where(Product.active).order_by(Product.created_at.desc(), Product.id)
reduced = for_sale.where(Product.was_cents > Product.price_cents)


@bp.get("/")
def home() -> str:
    return render_template(
        "home.html",
        categories=rows(select(Category).order_by(Category.id)),
        newest=rows(newest.limit(4)),
        reduced=rows(reduced.limit(4)),
    )


@bp.get("/products")
def index() -> str:
    return render_template("products.html", title="All products", page=page_of(for_sale))


@bp.get("/products/new")
def new() -> str:
    return render_template("products.html", title="New", page=page_of(newest))


@bp.get("/products/reduced")
def sale() -> str:
    return render_template("products.html", title="Reduced", page=page_of(reduced))


@bp.get("/products/<int:number>")
def product(number: int) -> str:
    found = row_or_404(Product, number)
    return render_template("product.html", product=found, related=rows(neighbours(found)))


@bp.get("/products/<int:number>/related.json")
def related(number: int) -> list[Json]:
    return dicts(rows(neighbours(row_or_404(Product, number))))


@bp.get("/products/feed.json")
def feed() -> Json:
    return page_json(for_sale)


@bp.get("/products/best-rated.json")
def best_rated() -> list[Json]:
    return dicts(
        rows(
            select(Product)
            .join(Review)
            .where(Product.active)
            .group_by(Product.id)
            .order_by(func.avg(Review.stars).desc(), Product.id)
            .limit(10)
        )
    )


def neighbours(product: Product) -> Select[tuple[Product]]:
    """Other products on the same shelf."""
    return for_sale.where(
        Product.category_id == product.category_id, Product.id != product.id
    ).limit(4)
