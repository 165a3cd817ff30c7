"""Pool arithmetic under a real gunicorn, against a real PostgreSQL."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import create_engine

from .apps import DATABASE, INSTALL
from .conftest import Serve

pytestmark = pytest.mark.server

CHECK = "database.connections-exceed-server"


@pytest.mark.parametrize("conf", [INSTALL, ""], ids=["way 1", "way 3"])
def test_more_connections_than_the_server_takes_warn_and_the_service_stays_up(
    serve: Serve, conf, postgresql
):
    engine = create_engine(postgresql)
    with engine.connect() as connection:
        limit = int(connection.exec_driver_sql("SHOW max_connections").scalar_one())
    engine.dispose()
    source = DATABASE.replace(
        "db = SQLAlchemy(app)",
        f"db = SQLAlchemy(app, engine_options={{'pool_size': {limit}, 'max_overflow': 0}})",
    )
    environ = {"DATABASE_URL": postgresql, "BOOTCHECK_SKIP": "database.tables-missing"}
    threads = ("-k", "gthread", "--threads", str(limit))
    server = serve(source, "-w", "2", *threads, conf=conf, environ=environ)
    answer = server.health_when(lambda answer: answer.ready == 2 and CHECK in answer.warning)
    assert answer.status == 200
    (entry,) = answer.data["checks"][CHECK]
    said = (
        rf"2 x {limit} connections \(.*\) = {2 * limit}; .*: max_connections {limit} - \d+ reserved"
    )
    assert re.match(said, entry["output"])
    assert entry["observedValue"] == 2 * limit

    fits = serve(DATABASE, "-w", "2", conf=conf, environ=environ)
    answer = fits.health_when(lambda answer: answer.ready == 2 and CHECK in answer.data["checks"])
    assert CHECK not in answer.warning
