"""Thoughts on paper."""

from collections import Counter

from flask import Blueprint, Response, render_template
from sqlalchemy import extract

from ..helpers import Json, articles, one_or_404, page_json, rows, tags_of
from ..models import Article

bp = Blueprint("blog", __name__, url_prefix="/blog")


@bp.get("")
def index() -> str:
    return render_template(
        "articles.html", title="Blog", endpoint="blog.post", articles=rows(articles("blog"))
    )


@bp.get("/<slug>")
def post(slug: str) -> str:
    return render_template("article.html", article=one_or_404(Article, kind="blog", slug=slug))


@bp.get("/posts.json")
def posts() -> Json:
    return page_json(articles("blog"))


@bp.get("/feed.xml")
def feed() -> Response:
    xml = render_template("feed.xml", articles=rows(articles("blog").limit(20)))
    return Response(xml, mimetype="application/rss+xml")


@bp.get("/years.json")
def years() -> Json:
    counted = Counter(article.published_on.year for article in rows(articles("blog")))
    return {str(year): count for year, count in counted.items()}


@bp.get("/years/<int(max=9999):year>.json")
def of_year(year: int) -> Json:
    return page_json(articles("blog").where(extract("year", Article.published_on) == year))


@bp.get("/tags.json")
def tags() -> list[str]:
    return tags_of("blog")


@bp.get("/tags/<tag>")
def of_tag(tag: str) -> str:
    found = [article for article in rows(articles("blog")) if tag in article.tag_list]
    return render_template(
        "articles.html", title=f"Blog: {tag}", endpoint="blog.post", articles=found
    )
