"""Railway's Infrastructure as Code: what takes the place of railway.toml.

Nothing reads this file at deploy. ``railway config plan`` shows what it would change in the
linked project and ``railway config apply`` writes that into the service's settings; both need the
Railway CLI and ``pip install railway-sdk``. Railway calls Python authoring beta (TypeScript is
the finished one). The names used here were read in the source of railway-sdk 0.7.0, and the file
was compiled with it, but it was never applied to a live project. That SDK drops keyword
arguments it does not know without a word (``preDeploy`` and ``healthcheckTimeout`` are camelCase,
``start`` and ``healthcheck`` are not), so read the plan before you apply it.

The CLI stops while a service is still managed by railway.toml: ``railway config migrate`` first.
"""

from typing import Any

from railway_sdk import define_railway, postgres, preserve, project, service


@define_railway
def main(ctx: Any = None) -> Any:
    """One web service, one worker, one PostgreSQL."""
    db = postgres("db")
    web = service(
        "web",
        # No source: the service is deployed with `railway up` from this folder. For deploys
        # from GitHub add source=github("owner/repository").
        start="gunicorn --bind 0.0.0.0:$PORT --workers 1 --timeout 120"
        " --worker-class eventlet main:app",
        preDeploy="flask --app main init-db",
        healthcheck="/healthz",
        healthcheckTimeout=300,
        replicas=1,
        env={
            "DATABASE_URL": db.env.DATABASE_URL,
            # Set once in Railway; preserve() keeps that value and keeps it out of git.
            "SECRET_KEY": preserve(),
        },
    )
    return project("flask-bootcheck-example", resources=[db, web])
