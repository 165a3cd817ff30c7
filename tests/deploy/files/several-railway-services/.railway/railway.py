from railway_sdk import define_railway, postgres, project, service


@define_railway
def main(ctx=None):
    db = postgres("db")
    web = service(
        "web",
        start="gunicorn --workers 2 main:app",
        healthcheck="/healthz",
        env={"DATABASE_URL": db.env.DATABASE_URL},
    )
    jobs = service("jobs", start="celery -A main worker")
    admin = service("admin", start="gunicorn --bind 127.0.0.1:80 main:app")
    return project("shop", resources=[db, web, jobs, admin])
