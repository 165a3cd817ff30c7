"""The customer's own corner; without a login, the first customer's."""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from ..helpers import (
    Json,
    demo_customer,
    dicts,
    email,
    fields,
    money,
    one_or_404,
    removed,
    save,
    see_other,
    table,
    text,
    updated,
)
from ..models import Address
from ..post import COUNTRIES

bp = Blueprint("account", __name__, url_prefix="/account")


def country(value: object) -> str:
    """A country the shop sends to."""
    code = text(value).upper()
    if code not in COUNTRIES:
        raise ValueError
    return code


@bp.get("")
def index() -> str:
    return render_template("account.html", customer=demo_customer(), countries=COUNTRIES)


@bp.post("")
def change() -> Response:
    updated(demo_customer(), **fields(name=text, email=email))
    return see_other("account.index")


@bp.get("/orders")
def orders() -> str:
    lines = (
        (order.id, order.created_at.date(), order.status, money(order.total_cents))
        for order in demo_customer().orders
    )
    return table("Your orders", ["Number", "Date", "Status", "Total"], lines)


@bp.get("/reviews")
def reviews() -> str:
    lines = ((r.product.name, r.stars, r.text) for r in demo_customer().reviews)
    return table("Your reviews", ["Product", "Stars", "Text"], lines)


@bp.get("/addresses.json")
def addresses() -> list[Json]:
    return dicts(demo_customer().addresses)


@bp.post("/addresses")
def add_address() -> Response:
    given = fields(line=text, city=text, country=country)
    save(Address(customer=demo_customer(), **given))
    return see_other("account.index")


@bp.post("/addresses/<int:number>/remove")
def remove_address(number: int) -> Response:
    removed(one_or_404(Address, id=number, customer_id=demo_customer().id))
    return see_other("account.index")
