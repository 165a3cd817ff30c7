"""The init step: what has to happen once, before the first request."""

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from .extensions import db
from .models import Product
from .sample import sample_rows


@click.command("init-db")
@with_appcontext
def init_db() -> None:
    """Create the tables and, in an empty shop, some sample rows. Safe to run again."""
    db.create_all()
    if db.session.scalar(select(Product.id).limit(1)):
        click.echo("The shop is already set up.")
        return
    db.session.add_all(sample_rows())
    db.session.commit()
    click.echo("Tables created, sample rows added.")
