"""A letter every now and then. Nothing is sent from here; this is the list."""

from flask import Blueprint, Response, render_template
from sqlalchemy import func, select
from werkzeug.wrappers import Response as BaseResponse

from ..extensions import db
from ..helpers import (
    Json,
    articles,
    dicts,
    email,
    fields,
    one_or_404,
    removed,
    rows,
    save,
    see_other,
)
from ..models import Subscriber

bp = Blueprint("newsletter", __name__, url_prefix="/newsletter")


@bp.get("")
def index() -> str:
    return render_template("newsletter.html")


@bp.post("/subscribe")
def subscribe() -> BaseResponse:
    address = fields(email=email)["email"]
    # Whether somebody is on the list is nobody else's business: both answers look the same.
    if not db.session.scalar(select(Subscriber).filter_by(email=address)):
        save(Subscriber(email=address))
    return see_other("newsletter.thanks")


@bp.post("/unsubscribe")
def unsubscribe() -> BaseResponse:
    removed(one_or_404(Subscriber, **fields(email=email)))
    return see_other("newsletter.index")


@bp.get("/thanks")
def thanks() -> str:
    return render_template("thanks.html", message="You are on the list.")


@bp.get("/count.json")
def count() -> Json:
    return {"subscribers": db.session.scalar(select(func.count(Subscriber.id)))}


@bp.get("/next-issue.json")
def next_issue() -> list[Json]:
    return dicts(rows(articles("blog").limit(3)))


@bp.get("/list.csv")
def list_csv() -> Response:
    addresses = [subscriber.email for subscriber in rows(select(Subscriber))]
    return Response("\n".join(["email", *addresses, ""]), mimetype="text/csv")
