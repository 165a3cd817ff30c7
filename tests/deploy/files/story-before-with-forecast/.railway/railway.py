from railway_sdk import define_railway, project, service


@define_railway
def main(ctx=None):
    web = service(
        "web",
        start="python gunicorn_start.py",
        healthcheck="/healthz",
    )
    return project("shop", resources=[web])
