"""The tables of the shop. Money is whole cents, everywhere."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from .extensions import db


def now() -> datetime:
    """The current time, with its zone."""
    return datetime.now(UTC)


class Stamped:
    """A table whose rows know when they were made."""

    @declared_attr
    def created_at(cls) -> Mapped[datetime]:
        return mapped_column(DateTime(timezone=True), default=now)


class Category(db.Model):
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    blurb: Mapped[str] = mapped_column(default="")

    products: Mapped[list["Product"]] = relationship(back_populates="category")


class Supplier(db.Model):
    name: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]
    country: Mapped[str]

    products: Mapped[list["Product"]] = relationship(back_populates="supplier")


class Product(Stamped, db.Model):
    sku: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    price_cents: Mapped[int]
    was_cents: Mapped[int | None]
    weight_g: Mapped[int] = mapped_column(default=100)
    active: Mapped[bool] = mapped_column(default=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))

    category: Mapped[Category] = relationship(back_populates="products")
    supplier: Mapped[Supplier] = relationship(back_populates="products")
    reviews: Mapped[list["Review"]] = relationship(back_populates="product")
    stock: Mapped[list["Stock"]] = relationship(back_populates="product")

    @property
    def on_hand(self) -> int:
        """How many there are, over all warehouses."""
        return sum(stock.quantity for stock in self.stock)


class Warehouse(db.Model):
    code: Mapped[str] = mapped_column(unique=True)
    city: Mapped[str]
    capacity: Mapped[int]

    stock: Mapped[list["Stock"]] = relationship(back_populates="warehouse")


class Stock(db.Model):
    __table_args__ = (UniqueConstraint("product_id", "warehouse_id"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    quantity: Mapped[int]

    product: Mapped[Product] = relationship(back_populates="stock")
    warehouse: Mapped[Warehouse] = relationship(back_populates="stock")


class Customer(Stamped, db.Model):
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    points: Mapped[int] = mapped_column(default=0)

    addresses: Mapped[list["Address"]] = relationship(
        back_populates="customer", cascade="all, delete-orphan"
    )
    orders: Mapped[list["Order"]] = relationship(back_populates="customer")
    reviews: Mapped[list["Review"]] = relationship(back_populates="customer")


class Address(db.Model):
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    line: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]

    customer: Mapped[Customer] = relationship(back_populates="addresses")


class Order(Stamped, db.Model):
    status: Mapped[str] = mapped_column(default="open")
    shipping: Mapped[str] = mapped_column(default="letter")
    shipping_cents: Mapped[int] = mapped_column(default=0)
    discount_cents: Mapped[int] = mapped_column(default=0)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))

    customer: Mapped[Customer] = relationship(back_populates="orders")
    lines: Mapped[list["OrderLine"]] = relationship(back_populates="order")

    @property
    def total_cents(self) -> int:
        """What the customer owes."""
        goods = sum(line.total_cents for line in self.lines)
        return goods + self.shipping_cents - self.discount_cents

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "total_cents": self.total_cents}


class OrderLine(db.Model):
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    unit_cents: Mapped[int]

    order: Mapped[Order] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()

    @property
    def total_cents(self) -> int:
        """The price on the day of the order, not today's."""
        return self.quantity * self.unit_cents


class Shipment(Stamped, db.Model):
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), unique=True)
    tracking: Mapped[str] = mapped_column(unique=True)

    order: Mapped[Order] = relationship()


class Payment(Stamped, db.Model):
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    method: Mapped[str]
    amount_cents: Mapped[int]
    status: Mapped[str] = mapped_column(default="noted")

    order: Mapped[Order] = relationship()


class Return(Stamped, db.Model):
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")

    order: Mapped[Order] = relationship()


class Review(Stamped, db.Model):
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    stars: Mapped[int]
    text: Mapped[str]

    product: Mapped[Product] = relationship(back_populates="reviews")
    customer: Mapped[Customer] = relationship(back_populates="reviews")


class Coupon(db.Model):
    code: Mapped[str] = mapped_column(unique=True)
    percent: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)


class GiftCard(Stamped, db.Model):
    code: Mapped[str] = mapped_column(unique=True)
    balance_cents: Mapped[int]


class Promotion(db.Model):
    name: Mapped[str]
    percent: Mapped[int]
    ends_on: Mapped[date]
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))

    category: Mapped[Category] = relationship()


class Article(db.Model):
    """A blog post, a page, a question with its answer, or a press release."""

    __table_args__ = (UniqueConstraint("kind", "slug"),)

    kind: Mapped[str]
    slug: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    tags: Mapped[str] = mapped_column(default="")
    published_on: Mapped[date]
    helpful: Mapped[int] = mapped_column(default=0)

    @property
    def tag_list(self) -> list[str]:
        """The tags, which are stored as words."""
        return self.tags.split()


class Store(db.Model):
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    city: Mapped[str]
    latitude: Mapped[float]
    longitude: Mapped[float]
    opens: Mapped[int]
    closes: Mapped[int]

    def is_open_at(self, moment: datetime) -> bool:
        """Open from Monday to Saturday, in whole hours."""
        return moment.weekday() < 6 and self.opens <= moment.hour < self.closes


class Subscriber(Stamped, db.Model):
    email: Mapped[str] = mapped_column(unique=True)


class Message(Stamped, db.Model):
    topic: Mapped[str]
    email: Mapped[str]
    text: Mapped[str]
    closed: Mapped[bool] = mapped_column(default=False)
