"""Money on paper."""

import secrets

from flask import Blueprint, abort
from sqlalchemy import func, select

from ..extensions import db
from ..helpers import Json, cents, created, fields, one_or_404, page_json, removed, updated
from ..models import GiftCard

bp = Blueprint("gift_cards", __name__, url_prefix="/gift-cards")


@bp.get("")
def index() -> Json:
    return page_json(select(GiftCard).order_by(GiftCard.id))


@bp.post("")
def issue() -> tuple[Json, int]:
    code = secrets.token_hex(5).upper()
    return created(GiftCard(code=code, balance_cents=fields(amount_cents=cents)["amount_cents"]))


@bp.get("/outstanding")
def outstanding() -> Json:
    return {"total_cents": int(db.session.scalar(select(func.sum(GiftCard.balance_cents))) or 0)}


@bp.get("/<code>")
def card(code: str) -> Json:
    return one_or_404(GiftCard, code=code).to_dict()


@bp.post("/<code>/redeem")
def redeem(code: str) -> Json:
    found, amount = one_or_404(GiftCard, code=code), fields(amount_cents=cents)["amount_cents"]
    if amount > found.balance_cents:
        abort(409, "There is not that much left on this card.")
    return updated(found, balance_cents=found.balance_cents - amount)


@bp.post("/<code>/top-up")
def top_up(code: str) -> Json:
    found, amount = one_or_404(GiftCard, code=code), fields(amount_cents=cents)["amount_cents"]
    return updated(found, balance_cents=cents(found.balance_cents + amount))


@bp.delete("/<code>")
def void(code: str) -> tuple[str, int]:
    return removed(one_or_404(GiftCard, code=code))
