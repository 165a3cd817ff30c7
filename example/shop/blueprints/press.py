"""For journalists."""

from flask import Blueprint, render_template
from sqlalchemy import func, select

from ..extensions import db
from ..helpers import Json, articles, one_or_404, page_json, rows
from ..models import Article, Product, Store

bp = Blueprint("press", __name__, url_prefix="/press")


@bp.get("")
def index() -> str:
    return render_template(
        "articles.html", title="Press", endpoint="press.release", articles=rows(articles("press"))
    )


@bp.get("/<slug>")
def release(slug: str) -> str:
    return render_template("article.html", article=one_or_404(Article, kind="press", slug=slug))


@bp.get("/releases.json")
def releases() -> Json:
    return page_json(articles("press"))


@bp.get("/facts.json")
def facts() -> Json:
    return {
        "stores": db.session.scalar(select(func.count(Store.id))),
        "products": db.session.scalar(select(func.count(Product.id))),
    }


@bp.get("/contact.json")
def contact() -> Json:
    return {"email": "press@shop.example", "languages": ["de", "en"]}
