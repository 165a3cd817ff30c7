"""What is there, and where."""

from flask import Blueprint, abort
from sqlalchemy import func, select

from ..extensions import db
from ..helpers import Json, dicts, fields, one_or_404, quantity, rows, save, table, text, whole
from ..models import Product, Stock, Warehouse

bp = Blueprint("inventory", __name__, url_prefix="/inventory")

LOW = 10

on_hand = func.coalesce(func.sum(Stock.quantity), 0)
counted = select(Product).outerjoin(Stock).group_by(Product.id).order_by(Product.sku)


@bp.get("")
def index() -> str:
    lines = ((p.sku, p.name, p.on_hand) for p in rows(select(Product).order_by(Product.sku)))
    return table("Inventory", ["Number", "Product", "On hand"], lines)


@bp.get("/low.json")
def low() -> list[Json]:
    return dicts(rows(counted.having(on_hand.between(1, LOW))))


@bp.get("/out.json")
def out() -> list[Json]:
    return dicts(rows(counted.having(on_hand == 0)))


@bp.get("/value.json")
def value() -> Json:
    worth = select(func.sum(Stock.quantity * Product.price_cents)).join(Product)
    return {"value_cents": int(db.session.scalar(worth) or 0)}


@bp.get("/<sku>.json")
def of_product(sku: str) -> Json:
    product = one_or_404(Product, sku=sku)
    return {stock.warehouse.code: stock.quantity for stock in product.stock}


@bp.post("/<sku>/count")
def count(sku: str) -> Json:
    """Somebody counted: what they found replaces what we thought."""
    given = fields(warehouse=text, quantity=whole(0, 100_000))
    stock = shelf(sku, given["warehouse"])
    stock.quantity = given["quantity"]
    save(stock)
    return stock.to_dict()


@bp.post("/<sku>/move")
def move(sku: str) -> list[Json]:
    given = fields(source=text, target=text, quantity=quantity)
    source, target = shelf(sku, given["source"]), shelf(sku, given["target"])
    if source.quantity < given["quantity"]:
        abort(409, f"Only {source.quantity} there.")
    source.quantity -= given["quantity"]
    target.quantity += given["quantity"]
    save(source, target)
    return dicts([source, target])


def shelf(sku: str, code: str) -> Stock:
    """Where a product lies in a warehouse; a new, empty place if it never did."""
    product, warehouse = one_or_404(Product, sku=sku), one_or_404(Warehouse, code=code)
    found = select(Stock).filter_by(product=product, warehouse=warehouse)
    return db.session.scalar(found) or Stock(product=product, warehouse=warehouse, quantity=0)
