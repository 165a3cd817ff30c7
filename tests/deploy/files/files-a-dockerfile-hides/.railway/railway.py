from railway_sdk import define_railway, project, service


@define_railway
def main(ctx=None):
    web = service(
        "web",
        start="sh -c 'exec gunicorn --bind 0.0.0.0:$PORT main:app'",
        healthcheck="/healthz",
    )
    return project("shop", resources=[web])
