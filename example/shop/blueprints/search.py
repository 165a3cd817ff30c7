"""Looking for something."""

from flask import Blueprint, render_template, request
from sqlalchemy import Select, or_, select

from ..helpers import MAX_INTEGER, Json, page_json, page_of, rows, within
from ..models import Article, Product, Store

bp = Blueprint("search", __name__, url_prefix="/search")

SUGGESTIONS = 8


def query() -> str:
    """What was typed; nothing at all finds everything."""
    return request.args.get("q", "").strip()


def matching_products() -> Select[tuple[Product]]:
    """Products with the words in their name, number or description."""
    words = query()
    columns = (Product.name, Product.sku, Product.description)
    found = or_(*(column.icontains(words, autoescape=True) for column in columns))
    return select(Product).where(Product.active, found).order_by(Product.name)


@bp.get("")
def index() -> str:
    title = f"Search: {query()}" if query() else "Search"
    return render_template("products.html", title=title, page=page_of(matching_products()))


@bp.get("/products.json")
def products() -> Json:
    return page_json(matching_products())


@bp.get("/suggest.json")
def suggest() -> list[str]:
    starts = Product.name.istartswith(query(), autoescape=True)
    found = rows(select(Product).where(Product.active, starts).order_by(Product.name))
    return [product.name for product in found[:SUGGESTIONS]]


@bp.get("/by-price.json")
def by_price() -> Json:
    low = within(request.args.get("from", 0, int), 0, MAX_INTEGER)
    high = within(request.args.get("to", MAX_INTEGER, int), 0, MAX_INTEGER)
    fits = Product.price_cents.between(low, high)
    return page_json(select(Product).where(Product.active, fits).order_by(Product.price_cents))


@bp.get("/articles.json")
def articles() -> Json:
    found = or_(
        Article.title.icontains(query(), autoescape=True),
        Article.body.icontains(query(), autoescape=True),
    )
    return page_json(select(Article).where(found).order_by(Article.published_on.desc()))


@bp.get("/stores.json")
def stores() -> Json:
    found = Store.city.icontains(query(), autoescape=True)
    return page_json(select(Store).where(found).order_by(Store.city))
