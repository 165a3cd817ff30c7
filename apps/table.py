"""The apps, as data: what is installed, how it is started, and what is truly wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Explained:
    """A finding that is true, and why; in the trial and served, unless it is found in one only, or
    under ``--preload`` only."""

    check: str
    why: str
    only: Literal["served", "preload", "trial", ""] = ""


@dataclass(frozen=True, eq=False)
class App:
    """One app of others.

    :param packages: pinned; the first one is the app.
    :param target: as gunicorn calls it, and ``flask`` as the command does where that is different.
    :param page: a page of its own.
    :param environ: what its documentation has one set; ``{folder}`` is a temporary one, ``{postgres}``
        the URL of an empty database.
    :param prepare: commands before the first start.
    :param begins_alone: what its first start does, such as making its tables, breaks when two
        workers do it at once.
    :param classes: of the workers it runs under.
    :param true: all that is found in it.
    :param gap: what we cannot do for it yet: its tests are expected to fail.
    """

    name: str
    packages: tuple[str, ...]
    target: str = "wsgi:app"
    flask: str = ""
    page: str = "/"
    environ: Mapping[str, str] = field(default_factory=dict)
    prepare: tuple[tuple[str, ...], ...] = ()
    begins_alone: bool = False
    classes: tuple[str, ...] = ("sync", "gthread")
    has_healthz: bool = False
    true: tuple[Explained, ...] = ()
    gap: str = ""

    @property
    def version(self) -> str:
        """That of the app itself."""
        return self.packages[0].rpartition("==")[2]


_GEVENT = ("gunicorn[gevent]==27.0.1", "gevent==26.9.0")
_GREEN_TOO = ("sync", "gthread", "gevent")
_ASKS_AT_IMPORT = Explained(
    "database.shared-after-fork",
    "it asks its database while it is imported, which --preload does in the master",
    "preload",
)
_OWN_HEALTHZ = Explained("endpoint.path-taken", "it is a health check of the app's own", "trial")

APPS = (
    App("httpbin", ("httpbin==0.10.4",), "httpbin:app", page="/get"),
    App(
        "httpbin-whitenoise",
        ("httpbin==0.10.4", "whitenoise==6.12.0"),
        page="/files/robots.txt",
    ),
    App("httpbin-dispatcher", ("httpbin==0.10.4",), page="/tools/httpbin/get"),
    App(
        "whoogle",
        ("whoogle-search==1.2.4", "cachetools==6.2.1"),
        "app:app",
        environ={"CONFIG_VOLUME": "{folder}"},
        has_healthz=True,
        true=(_OWN_HEALTHZ,),
    ),
    App(
        "pgadmin",
        ("pgadmin4==9.18",),
        "pgadmin4.pgAdmin4:app",
        page="/login?next=/",
        prepare=(("python", "-m", "pgadmin4.setup", "setup-db"),),
        true=(_ASKS_AT_IMPORT,),
        environ={
            "PYTHONPATH": "{folder}",
            "PGADMIN_SETUP_EMAIL": "admin@example.com",
            "PGADMIN_SETUP_PASSWORD": "a-password-of-this-test",
        },
    ),
    App(
        "superset",
        # Not what 6.1.0 asks for, but what it works with.
        ("apache-superset==6.1.0", "flask-caching==2.3.1"),
        "superset.app:create_app()",
        page="/health",
        environ={
            "PYTHONPATH": "{folder}",
            "FLASK_APP": "superset",
            "SUPERSET_SECRET_KEY": "a secret that nobody else has, 27b1f0",
        },
        prepare=(("superset", "db", "upgrade"), ("superset", "init")),
    ),
    App(
        "privacyidea",
        ("privacyidea==3.14",),
        "privacyidea.app:create_app('production')",
        environ={"PRIVACYIDEA_CONFIGFILE": "{folder}/pi.cfg"},
        prepare=(
            ("pi-manage", "setup", "create_enckey"),
            ("pi-manage", "setup", "create_audit_keys"),
            ("pi-manage", "setup", "create_tables"),
        ),
        has_healthz=True,
        true=(_OWN_HEALTHZ, _ASKS_AT_IMPORT),
    ),
    App(
        "mlflow",
        ("mlflow==3.17.2",),
        "mlflow.server:app",
        page="/health",
        environ={
            "_MLFLOW_SERVER_FILE_STORE": "sqlite:///{folder}/mlflow.db",
            "_MLFLOW_SERVER_REGISTRY_STORE": "sqlite:///{folder}/mlflow.db",
            "_MLFLOW_SERVER_ARTIFACT_ROOT": "{folder}/artifacts",
        },
    ),
    App(
        "moto",
        ("moto[server]==5.2.5",),
        "moto.server:create_backend_app('s3')",
        true=(Explained("config.debug-on", "create_backend_app() sets debug", "served"),),
    ),
    App(
        "moto-dispatcher",
        ("moto[server]==5.2.5",),
        page="/moto-api/data.json",
        true=(
            Explained(
                "app.factory-failed", "its apps are made with the first request to each", "trial"
            ),
            Explained(
                "app.not-found", "its apps are made with the first request to each", "served"
            ),
        ),
    ),
    App(
        "appbuilder",
        ("flask-appbuilder==5.3.0",),
        environ={"DATABASE_URL": "sqlite:///{folder}/app.db"},
        begins_alone=True,
        true=(_ASKS_AT_IMPORT,),
    ),
    App("dash", ("dash==4.4.1", *_GEVENT), "wsgi:server", classes=_GREEN_TOO),
    App(
        "rq-dashboard",
        ("rq-dashboard==0.9.0", "six==1.17.0"),
        page="/rq/",
        environ={"REDIS_URL": "redis://127.0.0.1:6379/15"},
    ),
    App("sqlite-web", ("sqlite-web==0.8.2", *_GEVENT), page="/music/", classes=_GREEN_TOO),
    App("beets", ("beets[web]==2.14.1",), page="/stats"),
    App(
        "alerta",
        ("alerta-server==9.1.0", "psycopg2-binary==2.9.13"),
        "alerta:create_app()",
        environ={
            "DATABASE_URL": "{postgres}",
            "SECRET_KEY": "a secret that nobody else has, 27b1f0",
        },
        page="/management/healthcheck",
        begins_alone=True,
    ),
    App(
        "ihatemoney",
        ("ihatemoney==7.2.1", "psycopg2-binary==2.9.13"),
        "ihatemoney.wsgi:application",
        environ={
            "IHATEMONEY_SETTINGS_FILE_PATH": "{folder}/ihatemoney.cfg",
            "DATABASE_URL": "{postgres}",
        },
        begins_alone=True,
        true=(_ASKS_AT_IMPORT,),
    ),
    App("socketio", ("flask-socketio==5.7.0", "simple-websocket", *_GEVENT), classes=_GREEN_TOO),
    App("smorest", ("flask-smorest==0.47.0",), page="/pets/"),
    App("restx", ("flask-restx==1.3.2",), page="/api/todos/7"),
    App("apiflask", ("apiflask==3.1.2",), page="/pets/"),
    App(
        "admin",
        ("flask-admin==2.2.1", "flask-sqlalchemy==3.1.1"),
        page="/admin/user/",
        environ={"DATABASE_URL": "sqlite:///{folder}/admin.db"},
        begins_alone=True,
        true=(_ASKS_AT_IMPORT,),
    ),
    App(
        "supysonic",
        ("supysonic==0.7.9",),
        "supysonic.web:create_application()",
        begins_alone=True,
    ),
    App(
        "otterwiki",
        ("otterwiki==2.26.1",),
        "otterwiki.server:app",
        environ={"OTTERWIKI_SETTINGS": "{folder}/settings.cfg"},
        prepare=(("git", "init", "-q", "-b", "main", "repository"),),
        begins_alone=True,
        true=(_ASKS_AT_IMPORT,),
    ),
    App(
        "canaille",
        ("canaille[front,oidc,sql]==0.3.6",),
        "canaille:create_app()",
        prepare=(("canaille", "install"),),
    ),
    App("apscheduler", ("flask-apscheduler==1.13.1",), page="/scheduler"),
    App(
        "connexion",
        ("connexion[flask,swagger-ui,uvicorn]==3.3.0", "uvicorn-worker==0.4.0"),
        page="/greetings/Rex",
        classes=("uvicorn",),
        gap="its own ASGI middleware routes before Flask: nobody gets to /healthz",
    ),
)
