"""What the start command names: ``gunicorn main:app``."""

from shop import create_app

app = create_app()
