"""Writing to the shop."""

from flask import Blueprint, render_template
from sqlalchemy import select
from werkzeug.wrappers import Response

from ..helpers import Json, email, fields, page_json, row_or_404, save, see_other, text, updated
from ..models import Message

bp = Blueprint("contact", __name__, url_prefix="/contact")

TOPICS = {"order": "An order", "product": "A product", "press": "Press", "other": "Something else"}

newest = select(Message).order_by(Message.id.desc())


def topic(value: str) -> str:
    """One of the topics the form offers."""
    if value not in TOPICS:
        raise ValueError
    return value


@bp.get("")
def index() -> str:
    return render_template("contact.html", topics=TOPICS)


@bp.post("")
def write() -> Response:
    save(Message(**fields(topic=topic, email=email, text=text)))
    return see_other("contact.thanks")


@bp.get("/thanks")
def thanks() -> str:
    return render_template("thanks.html", message="We read every message.")


@bp.get("/topics.json")
def topics() -> Json:
    return dict(TOPICS)


@bp.get("/messages.json")
def messages() -> Json:
    return page_json(newest)


@bp.get("/messages/open.json")
def open_messages() -> Json:
    return page_json(newest.where(Message.closed.is_(False)))


@bp.get("/messages/<int:number>.json")
def message(number: int) -> Json:
    return row_or_404(Message, number).to_dict()


@bp.post("/messages/<int:number>/close")
def close(number: int) -> Json:
    return updated(row_or_404(Message, number), closed=True)
