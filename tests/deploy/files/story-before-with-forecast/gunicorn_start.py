"""Start gunicorn."""

import multiprocessing
import os

workers = multiprocessing.cpu_count() * 2 + 1
port = os.environ.get("PORT", "8000")

if __name__ == "__main__":
    os.execvp(
        "gunicorn",
        [
            "gunicorn",
            "--bind",
            f"0.0.0.0:{port}",
            "--workers",
            str(workers),
            "--worker-class",
            "eventlet",
            "main:app",
        ],
    )
