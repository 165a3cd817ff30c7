"""Enough rows to look around in."""

from collections.abc import Iterator
from datetime import date, timedelta

from .extensions import Base
from .models import (
    Address,
    Article,
    Category,
    Coupon,
    Customer,
    GiftCard,
    Message,
    Order,
    OrderLine,
    Payment,
    Product,
    Promotion,
    Return,
    Review,
    Shipment,
    Stock,
    Store,
    Subscriber,
    Supplier,
    Warehouse,
)

PRODUCTS = (
    # category, supplier, sku, name, price, price before, grams, at north, at south, description
    (0, 0, "PEN-01", "Brass fountain pen", 4900, None, 60, 12, 4, "Heavier than it looks."),
    (0, 0, "PEN-02", "School fountain pen", 1450, 1900, 25, 60, 31, "Forgives a tight grip."),
    (0, 1, "PEN-03", "Carpenter's pencil", 290, None, 12, 140, 95, "Does not roll off a roof."),
    (0, 1, "PEN-04", "Drawing pencil, 4B", 180, None, 8, 3, 0, "Soft, dark, and soon short."),
    (1, 2, "PAP-01", "Dot grid notebook", 1290, None, 310, 44, 20, "192 pages that lie flat."),
    (1, 2, "PAP-02", "Pocket notebook", 590, 750, 80, 75, 62, "Fits the pocket with the keys."),
    (1, 2, "PAP-03", "Laid letter paper", 1690, None, 420, 0, 0, "50 sheets, watermarked."),
    (1, 0, "PAP-04", "Envelopes, lined", 1190, None, 350, 18, 9, "25 of them, with blue lining."),
    (2, 1, "INK-01", "Iron gall ink", 1150, None, 140, 25, 12, "Writes pale, dries black."),
    (2, 1, "INK-02", "Washable blue ink", 490, None, 120, 88, 40, "For those who reconsider."),
    (3, 0, "DSK-01", "Letter opener", 2200, None, 90, 7, 2, "Blunt on purpose."),
    (3, 2, "DSK-02", "Oak pen tray", 3400, 3900, 480, 5, 1, "Four grooves, one for a clip."),
)  # fmt: skip

ARTICLES = (
    ("blog", "why-dot-grids", "Why dot grids", "A dot asks less of you than a line.",
     "paper tips", date(2025, 11, 3)),
    ("blog", "ink-and-patience", "Ink and patience", "Iron gall ink turns black while you wait.",
     "ink", date(2026, 2, 17)),
    ("blog", "the-left-hand", "Notes for the left hand", "Fast ink, slow hand, dry paper.",
     "ink tips", date(2026, 6, 9)),
    ("page", "about", "About us", "Two people, three shops, and a cellar full of paper.",
     "", date(2025, 1, 2)),
    ("page", "terms", "Terms", "This is a demonstration. Nothing here is for sale.",
     "", date(2025, 1, 2)),
    ("page", "privacy", "Privacy", "The cart is a cookie in your browser.",
     "", date(2025, 1, 2)),
    ("faq", "refills", "Do you sell refills?", "For every pen we ever sold.",
     "pens", date(2025, 3, 1)),
    ("faq", "returns", "Can I return ink?", "Yes, if the seal is whole.",
     "ink orders", date(2025, 3, 1)),
    ("faq", "paper-weight", "Which paper for fountain pens?", "80 grams or more, and smooth.",
     "paper pens", date(2025, 3, 1)),
    ("press", "third-shop", "A third shop", "In May we opened a door by the harbour.",
     "shops", date(2026, 5, 4)),
    ("press", "ten-years", "Ten years of paper", "We are ten. The paper is older.",
     "anniversary", date(2026, 9, 21)),
)  # fmt: skip


def sample_rows() -> Iterator[Base]:
    """One shop on an ordinary day."""
    categories = [
        Category(slug="pens", name="Pens and pencils", blurb="To write with."),
        Category(slug="paper", name="Paper", blurb="To write on."),
        Category(slug="ink", name="Ink", blurb="To write in."),
        Category(slug="desk", name="For the desk", blurb="To write at."),
    ]
    suppliers = [
        Supplier(name="Halvorsen Metalwork", email="sales@halvorsen.example", country="DK"),
        Supplier(name="Graphit & Sohn", email="post@graphit.example", country="DE"),
        Supplier(name="Papeterie Lune", email="bonjour@lune.example", country="FR"),
    ]
    north = Warehouse(code="NORTH", city="Hamburg", capacity=1000)
    south = Warehouse(code="SOUTH", city="Vienna", capacity=400)
    products = [
        Product(
            sku=sku, name=name, price_cents=price, was_cents=was, weight_g=grams,
            description=description, category=categories[category], supplier=suppliers[supplier],
            stock=[Stock(warehouse=north, quantity=in_north),
                   Stock(warehouse=south, quantity=in_south)],
        )
        for category, supplier, sku, name, price, was, grams, in_north, in_south, description
        in PRODUCTS
    ]  # fmt: skip
    ada = Customer(name="Ada Lindqvist", email="ada@example.com", points=120)
    ben = Customer(name="Ben Okafor", email="ben@example.com", points=30)
    ada.addresses.append(Address(line="Lindengasse 4", city="Vienna", country="AT"))
    sent = Order(customer=ada, status="sent", shipping="parcel", shipping_cents=450)
    sent.lines.append(OrderLine(product=products[0], quantity=1, unit_cents=4900))
    sent.lines.append(OrderLine(product=products[8], quantity=2, unit_cents=1150))
    waiting = Order(customer=ben, shipping_cents=160, discount_cents=59)
    waiting.lines.append(OrderLine(product=products[5], quantity=1, unit_cents=590))

    yield from categories
    yield from suppliers
    yield from products
    yield from (ada, ben, sent, waiting)
    yield Shipment(order=sent, tracking="7F3A90C2")
    yield Payment(order=sent, method="invoice", amount_cents=7650)
    yield Return(order=sent, reason="damaged")
    yield Review(product=products[0], customer=ada, stars=5, text="It will outlive me.")
    yield Review(product=products[0], customer=ben, stars=4, text="Fine, and heavy.")
    yield Review(product=products[5], customer=ben, stars=5, text="Third one this year.")
    yield Coupon(code="TENOFF", percent=10)
    yield Coupon(code="SPRING", percent=20, active=False)
    yield GiftCard(code="DEMO-CARD", balance_cents=2500)
    ends_on = date.today() + timedelta(weeks=6)
    yield Promotion(name="Notebook weeks", percent=15, ends_on=ends_on, category=categories[1])
    for kind, slug, title, body, tags, published_on in ARTICLES:
        yield Article(
            kind=kind, slug=slug, title=title, body=body, tags=tags, published_on=published_on
        )
    yield Store(slug="harbour", name="By the harbour", city="Hamburg",
                latitude=53.545, longitude=9.966, opens=9, closes=19)  # fmt: skip
    yield Store(slug="linden", name="Under the lindens", city="Vienna",
                latitude=48.198, longitude=16.351, opens=10, closes=18)  # fmt: skip
    yield Store(slug="canal", name="At the canal", city="Amsterdam",
                latitude=52.372, longitude=4.884, opens=10, closes=20)  # fmt: skip
    yield Subscriber(email="reader@example.com")
    yield Message(topic="order", email="ben@example.com", text="Where is my notebook?")
