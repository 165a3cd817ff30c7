"""What customers think."""

from collections import Counter

from flask import Blueprint, render_template
from sqlalchemy import select
from werkzeug.wrappers import Response

from ..helpers import (
    Json,
    demo_customer,
    fields,
    page_json,
    removed,
    row_or_404,
    rows,
    save,
    see_other,
    text,
    whole,
)
from ..models import Product, Review

bp = Blueprint("reviews", __name__, url_prefix="/reviews")

newest = select(Review).order_by(Review.created_at.desc(), Review.id)


@bp.get("")
def index() -> str:
    return render_template("reviews.html", reviews=rows(newest.limit(20)))


@bp.get("/all.json")
def all_json() -> Json:
    return page_json(newest)


@bp.get("/stars.json")
def stars() -> Json:
    counted = Counter(review.stars for review in rows(select(Review)))
    return {str(number): counted[number] for number in range(1, 6)}


@bp.get("/<int:number>.json")
def review(number: int) -> Json:
    return row_or_404(Review, number).to_dict()


@bp.delete("/<int:number>")
def delete(number: int) -> tuple[str, int]:
    return removed(row_or_404(Review, number))


@bp.get("/products/<int:number>.json")
def of_product(number: int) -> Json:
    product = row_or_404(Product, number)
    return page_json(newest.where(Review.product_id == product.id))


@bp.post("/products/<int:number>")
def write(number: int) -> Response:
    product = row_or_404(Product, number)
    given = fields(stars=whole(1, 5), text=text)
    save(Review(product=product, customer=demo_customer(), **given))
    return see_other("catalog.product", number=number)
