"""The start script of the story, kept as it was. Do not copy it.

It asks for two workers per CPU and one more, a rule of thumb from the days when a process had
the machine to itself. ``cpu_count()`` counts the CPUs of the host, not the share a container
may use: on a host with 48 of them it answers 48, and this script asks for 97 workers, each with its
own copy of 30 blueprints, in a container of 512 MB. The kernel kills them, gunicorn forks them
again, and so on for hours.

No deploy file here starts it. It stays as a warning: it is what flask-bootcheck was written
against.
"""

import multiprocessing
import os

workers = multiprocessing.cpu_count() * 2 + 1
port = os.environ.get("PORT", "8000")

if __name__ == "__main__":
    os.execvp(
        "gunicorn",
        ["gunicorn", "--bind", f"0.0.0.0:{port}", "--workers", str(workers), "main:app"],
    )
