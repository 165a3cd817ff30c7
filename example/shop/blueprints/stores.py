"""Doors one can walk through. Hours go by the server's clock."""

from datetime import datetime
from math import cos, hypot, radians

from flask import Blueprint, render_template, request
from sqlalchemy import select

from ..helpers import Json, dicts, one_or_404, page_json, rows, within
from ..models import Store

bp = Blueprint("stores", __name__, url_prefix="/stores")

KM_PER_DEGREE = 111.2

by_city = select(Store).order_by(Store.city)


def distance_km(store: Store, latitude: float, longitude: float) -> float:
    """As on a flat map: good enough to choose between towns."""
    east = (store.longitude - longitude) * cos(radians(latitude))
    return KM_PER_DEGREE * hypot(store.latitude - latitude, east)


@bp.get("")
def index() -> str:
    return render_template("stores.html", stores=rows(by_city), now=datetime.now())


@bp.get("/<slug>")
def store(slug: str) -> str:
    found = one_or_404(Store, slug=slug)
    return render_template("stores.html", stores=[found], now=datetime.now())


@bp.get("/all.json")
def all_json() -> Json:
    return page_json(by_city)


@bp.get("/open.json")
def open_now() -> list[Json]:
    return dicts(store for store in rows(by_city) if store.is_open_at(datetime.now()))


@bp.get("/cities.json")
def cities() -> list[str]:
    return sorted({store.city for store in rows(by_city)})


@bp.get("/cities/<city>.json")
def of_city(city: str) -> Json:
    return page_json(by_city.where(Store.city == city.title()))


@bp.get("/nearest.json")
def nearest() -> list[Json]:
    latitude = within(request.args.get("lat", 50.0, float), -90.0, 90.0)
    longitude = within(request.args.get("lon", 10.0, float), -180.0, 180.0)
    found = [
        {"slug": store.slug, "km": round(distance_km(store, latitude, longitude), 1)}
        for store in rows(by_city)
    ]
    return sorted(found, key=lambda store: store["km"])


@bp.get("/<slug>/hours.json")
def hours(slug: str) -> Json:
    found = one_or_404(Store, slug=slug)
    return {"opens": found.opens, "closes": found.closes, "closed_on": "Sunday"}
