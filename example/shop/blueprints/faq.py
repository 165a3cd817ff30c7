"""Questions that come again and again."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from ..helpers import Json, articles, one_or_404, page_json, rows, save, see_other, tags_of
from ..models import Article

bp = Blueprint("faq", __name__, url_prefix="/faq")


def question_or_404(slug: str) -> Article:
    """One question with its answer."""
    return one_or_404(Article, kind="faq", slug=slug)


@bp.get("")
def index() -> str:
    return render_template(
        "articles.html", title="Questions", endpoint="faq.question", articles=rows(articles("faq"))
    )


@bp.get("/<slug>")
def question(slug: str) -> str:
    return render_template(
        "article.html",
        article=question_or_404(slug),
        helpful_url=url_for("faq.helpful", slug=slug),
    )


@bp.post("/<slug>/helpful")
def helpful(slug: str) -> Response:
    found = question_or_404(slug)
    # Counted by the database: two readers at once are two.
    found.helpful = Article.helpful + 1
    save(found)
    return see_other("faq.question", slug=slug)


@bp.get("/search.json")
def search() -> Json:
    words = request.args.get("q", "")
    return page_json(articles("faq").where(Article.title.icontains(words, autoescape=True)))


@bp.get("/most-helpful.json")
def most_helpful() -> Json:
    return page_json(articles("faq").order_by(None).order_by(Article.helpful.desc(), Article.id))


@bp.get("/topics.json")
def topics() -> Json:
    questions = rows(articles("faq"))
    return {
        tag: [question.slug for question in questions if tag in question.tag_list]
        for tag in tags_of("faq")
    }
