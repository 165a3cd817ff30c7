from railway_sdk import define_railway, project, service


@define_railway
def main(ctx=None):
    web = service(
        "web",
        env={
            "RAILPACK_START_CMD": "gunicorn -b 0.0.0.0:$PORT -w 3 main:app",
        },
        healthcheck="/healthz",
    )
    return project("shop", resources=[web])
