"""Weeks in which a shelf is cheaper."""

from datetime import date, timedelta

from flask import Blueprint, render_template
from sqlalchemy import Select, select

from ..helpers import (
    Json,
    created,
    dicts,
    fields,
    one_or_404,
    page_json,
    percent,
    row_or_404,
    rows,
    text,
    updated,
)
from ..models import Category, Promotion

bp = Blueprint("promotions", __name__, url_prefix="/promotions")


def running() -> Select[tuple[Promotion]]:
    """Promotions that have not ended, the next to end first."""
    return select(Promotion).where(Promotion.ends_on >= date.today()).order_by(Promotion.ends_on)


@bp.get("")
def index() -> str:
    return render_template("promotions.html", promotions=rows(running()))


@bp.get("/running.json")
def running_json() -> Json:
    return page_json(running())


@bp.get("/ended.json")
def ended() -> Json:
    past = select(Promotion).where(Promotion.ends_on < date.today())
    return page_json(past.order_by(Promotion.ends_on.desc()))


@bp.post("")
def create() -> tuple[Json, int]:
    given = fields(name=text, percent=percent, ends_on=date.fromisoformat, category=text)
    category = one_or_404(Category, slug=given.pop("category"))
    return created(Promotion(category=category, **given))


@bp.get("/<int:number>.json")
def promotion(number: int) -> Json:
    return row_or_404(Promotion, number).to_dict()


@bp.get("/<int:number>/products.json")
def products(number: int) -> list[Json]:
    return dicts(row_or_404(Promotion, number).category.products)


@bp.post("/<int:number>/end")
def end(number: int) -> Json:
    return updated(row_or_404(Promotion, number), ends_on=date.today() - timedelta(days=1))
