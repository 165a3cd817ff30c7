"""Pages that stay, and what robots ask for."""

from flask import Blueprint, Response, render_template, url_for
from sqlalchemy import select

from ..helpers import Json, articles, one_or_404, page_json, rows
from ..models import Article, Product

bp = Blueprint("pages", __name__)


def render_page(slug: str) -> str:
    """A page kept in the database, so that changing a word needs no deploy."""
    return render_template("article.html", article=one_or_404(Article, kind="page", slug=slug))


@bp.get("/about")
def about() -> str:
    return render_page("about")


@bp.get("/terms")
def terms() -> str:
    return render_page("terms")


@bp.get("/privacy")
def privacy() -> str:
    return render_page("privacy")


@bp.get("/pages")
def index() -> str:
    return render_template(
        "articles.html", title="Pages", endpoint="pages.page", articles=rows(articles("page"))
    )


@bp.get("/pages/<slug>")
def page(slug: str) -> str:
    return render_page(slug)


@bp.get("/pages.json")
def all_json() -> Json:
    return page_json(articles("page"))


@bp.get("/robots.txt")
def robots() -> Response:
    sitemap = url_for("pages.sitemap", _external=True)
    lines = ["User-agent: *", "Disallow: /admin", f"Sitemap: {sitemap}", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    xml = render_template(
        "sitemap.xml",
        products=rows(select(Product).where(Product.active)),
        posts=rows(articles("blog")),
    )
    return Response(xml, mimetype="application/xml")
