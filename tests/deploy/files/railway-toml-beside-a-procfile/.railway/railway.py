from railway_sdk import define_railway, project, service


@define_railway
def main(ctx=None):
    web = service(
        "web",
        start="gunicorn --bind 0.0.0.0:$PORT --workers 2 main:app",
        healthcheck="/healthz",
    )
    return project("shop", resources=[web])
