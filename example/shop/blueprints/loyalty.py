"""Points for coming back."""

from flask import Blueprint
from sqlalchemy import select

from ..helpers import Json, fields, row_or_404, rows, table, updated, whole
from ..models import Customer

bp = Blueprint("loyalty", __name__, url_prefix="/loyalty")

TIERS = {"pencil": 0, "pen": 100, "fountain pen": 500}

best_first = select(Customer).order_by(Customer.points.desc(), Customer.id)


def tier(points: int) -> str:
    """The highest tier these points reach."""
    return max((name for name in TIERS if TIERS[name] <= points), key=TIERS.__getitem__)


def member_json(customer: Customer) -> Json:
    """A customer as this programme sees one: no address, no orders."""
    return {"id": customer.id, "points": customer.points, "tier": tier(customer.points)}


@bp.get("")
def index() -> str:
    return table("Loyalty", ["Tier", "From points"], TIERS.items())


@bp.get("/tiers.json")
def tiers() -> Json:
    return dict(TIERS)


@bp.get("/members.json")
def members() -> list[Json]:
    return [member_json(customer) for customer in rows(best_first)]


@bp.get("/leaders.json")
def leaders() -> list[Json]:
    return [member_json(customer) for customer in rows(best_first.limit(3))]


@bp.get("/members/<int:number>.json")
def member(number: int) -> Json:
    return member_json(row_or_404(Customer, number))


@bp.post("/members/<int:number>/award")
def award(number: int) -> Json:
    customer, given = row_or_404(Customer, number), fields(points=whole(1, 1000))
    updated(customer, points=Customer.points + given["points"])
    return member_json(customer)
