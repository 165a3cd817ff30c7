"""Numbers for the end of the month."""

import csv
import io

from flask import Blueprint, Response, render_template
from sqlalchemy import Select, func, select

from ..extensions import db
from ..helpers import money, rows, table
from ..models import Category, Customer, Order, OrderLine, Product, Review

bp = Blueprint("reports", __name__, url_prefix="/reports")

turnover = func.sum(OrderLine.quantity * OrderLine.unit_cents)
kept = Order.status != "cancelled"
sales = (
    select(Product.sku, Product.name, func.sum(OrderLine.quantity), turnover)
    .join(OrderLine, OrderLine.product_id == Product.id)
    .join(Order)
    .where(kept)
    .group_by(Product.id)
    .order_by(turnover.desc())
)


def with_money(query: Select) -> list[tuple]:
    """The rows of a query whose last column is cents."""
    return [(*row[:-1], money(int(row[-1]))) for row in db.session.execute(query)]


@bp.get("")
def index() -> str:
    return render_template("reports.html")


@bp.get("/sales")
def sales_table() -> str:
    return table("Sales", ["Number", "Product", "Sold", "Turnover"], with_money(sales))


@bp.get("/sales.csv")
def sales_csv() -> Response:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["sku", "name", "quantity", "turnover_cents"])
    writer.writerows(db.session.execute(sales).tuples())
    return Response(file.getvalue(), mimetype="text/csv")


@bp.get("/best-sellers")
def best_sellers() -> str:
    found = with_money(sales.limit(3))
    return table("Best sellers", ["Number", "Product", "Sold", "Turnover"], found)


@bp.get("/customers")
def customers() -> str:
    query = (
        select(Customer.name, func.count(Order.id.distinct()), turnover)
        .join(Order, Order.customer_id == Customer.id)
        .join(OrderLine)
        .where(kept)
        .group_by(Customer.id)
        .order_by(turnover.desc())
    )
    return table("Customers", ["Name", "Orders", "Turnover"], with_money(query))


@bp.get("/categories")
def categories() -> str:
    query = (
        select(Category.name, turnover)
        .join(Product, Product.category_id == Category.id)
        .join(OrderLine)
        .join(Order)
        .where(kept)
        .group_by(Category.id)
        .order_by(turnover.desc())
    )
    return table("Categories", ["Name", "Turnover"], with_money(query))


@bp.get("/never-sold")
def never_sold() -> str:
    sold = select(OrderLine.product_id)
    found = rows(select(Product).where(Product.id.not_in(sold)).order_by(Product.sku))
    return table("Never sold", ["Number", "Product"], ((p.sku, p.name) for p in found))


@bp.get("/ratings")
def ratings() -> str:
    mean = func.avg(Review.stars)
    query = select(Product.name, func.count(Review.id), mean).join(Review).group_by(Product.id)
    found = db.session.execute(query.order_by(mean.desc()))
    lines = ((name, count, f"{float(stars):.1f}") for name, count, stars in found)
    return table("Ratings", ["Product", "Reviews", "Stars"], lines)
