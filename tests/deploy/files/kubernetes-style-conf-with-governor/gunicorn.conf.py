import multiprocessing

bind = '0.0.0.0:8000'
workers = 4

from flask_bootcheck.gunicorn import install  # noqa: E402

install(globals())
