"""Thirty blueprints: one module and one name each."""

from importlib import import_module

from flask import Flask

NAMES = (
    "catalog",
    "categories",
    "search",
    "cart",
    "checkout",
    "orders",
    "customers",
    "account",
    "wishlist",
    "reviews",
    "coupons",
    "shipping",
    "returns",
    "payments",
    "invoices",
    "inventory",
    "suppliers",
    "warehouses",
    "promotions",
    "newsletter",
    "blog",
    "pages",
    "faq",
    "contact",
    "press",
    "stores",
    "gift_cards",
    "loyalty",
    "reports",
    "admin",
)


def register(app: Flask) -> None:
    """Register them all. The module decides what its blueprint is called; that the names agree
    with the list above is for BootCheck to find out."""
    for name in NAMES:
        app.register_blueprint(import_module(f".{name}", __name__).bp)
