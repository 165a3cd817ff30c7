"""Percentages off."""

from flask import Blueprint
from sqlalchemy import select

from ..helpers import (
    Json,
    created,
    fields,
    one_or_404,
    page_json,
    percent,
    removed,
    text,
    updated,
)
from ..models import Coupon

bp = Blueprint("coupons", __name__, url_prefix="/coupons")


def coupon_or_404(code: str) -> Coupon:
    """Codes are typed by people: any case will do."""
    return one_or_404(Coupon, code=code.upper())


@bp.get("")
def index() -> Json:
    return page_json(select(Coupon).order_by(Coupon.code))


@bp.post("")
def create() -> tuple[Json, int]:
    given = fields(code=text, percent=percent)
    return created(Coupon(code=given["code"].upper(), percent=given["percent"]))


@bp.get("/<code>")
def coupon(code: str) -> Json:
    return coupon_or_404(code).to_dict()


@bp.delete("/<code>")
def delete(code: str) -> tuple[str, int]:
    return removed(coupon_or_404(code))


@bp.post("/<code>/enable")
def enable(code: str) -> Json:
    return updated(coupon_or_404(code), active=True)


@bp.post("/<code>/disable")
def disable(code: str) -> Json:
    return updated(coupon_or_404(code), active=False)


@bp.get("/<code>/off/<int:price>")
def preview(code: str, price: int) -> Json:
    return {"price_cents": price - price * coupon_or_404(code).percent // 100}
