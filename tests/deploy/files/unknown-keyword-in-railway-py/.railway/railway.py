from railway_sdk import project, service

web = service(
    "web",
    start="gunicorn -b 0.0.0.0:$PORT main:app",
    healthcheck="/healthz",
    healthcheck_timeout=60,
)
