"""How parcels travel and what that costs."""

from typing import NamedTuple


class Method(NamedTuple):
    """One way to send something."""

    key: str
    name: str
    days: int
    most_g: int
    base_cents: int
    cents_per_kg: int

    def price(self, weight_g: int) -> int:
        """Every kilogram begun is charged."""
        return self.base_cents + self.cents_per_kg * -(-weight_g // 1000)


METHODS = {
    method.key: method
    for method in (
        Method("letter", "Letter", days=3, most_g=500, base_cents=160, cents_per_kg=0),
        Method("parcel", "Parcel", days=2, most_g=20_000, base_cents=390, cents_per_kg=60),
        Method(
            "express", "Express parcel", days=1, most_g=10_000, base_cents=990, cents_per_kg=150
        ),
    )
}

COUNTRIES = {"AT": "Austria", "DE": "Germany", "DK": "Denmark", "FR": "France", "NL": "Netherlands"}


def offers(weight_g: int) -> list[dict[str, object]]:
    """The methods that carry this weight, with their price."""
    return [
        {
            "key": method.key,
            "name": method.name,
            "days": method.days,
            "price_cents": method.price(weight_g),
        }
        for method in METHODS.values()
        if weight_g <= method.most_g
    ]
