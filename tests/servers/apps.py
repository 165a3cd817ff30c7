"""Apps to serve."""

#: Answers its pid, so that a test sees who it is talking to.
PLAIN = """
import os
from flask import Flask
from flask_bootcheck import BootCheck

app = Flask(__name__)
bootcheck = BootCheck(app, ttl=1)

@app.get("/pid")
def pid():
    return str(os.getpid())
"""

#: The same from somebody who never heard of us.
BARE = """
import os
from flask import Flask

app = Flask(__name__)

@app.get("/pid")
def pid():
    return str(os.getpid())
"""

#: Behind an app: what a worker needs that speaks ASGI only.
TO_ASGI = """
from asgiref.wsgi import WsgiToAsgi

flask_app, app = app, WsgiToAsgi(app)
"""

#: Of its workers, those after the first few hang at import until a file appears.
STUCK = (
    """
import os, time
from pathlib import Path

def _number():
    for number in range(1000):
        try:
            os.close(os.open(f"boot-{number}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        return number

if _number() >= int(os.environ["STUCK_FROM"]):
    while not Path("go").exists():
        time.sleep(0.05)
"""
    + PLAIN
)

#: Way 1.
INSTALL = "from flask_bootcheck.gunicorn import install; install(globals())\n"

#: A middleware added later, over the app or around it, that lets nothing but its own page through.
HIDDEN = (
    PLAIN
    + """
class Hides:
    def __init__(self, wsgi):
        self.wsgi = wsgi
    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/pid":
            return self.wsgi(environ, start_response)
        start_response("404 Not Found", [("Content-Length", "0")])
        return [b""]
"""
)

#: With a database: the tables are made when asked for.
DATABASE = (
    PLAIN
    + """
from flask_sqlalchemy import SQLAlchemy

app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)

class Item(db.Model):
    id = db.Column(db.Integer, primary_key=True)

if os.environ.get("INIT"):
    with app.app_context():
        db.create_all()
"""
)

#: A LIVE check of the user's that fails while a file is there.
SWITCH = (
    PLAIN
    + """
from pathlib import Path

@bootcheck.check("queue.stuck")
def queue_moves():
    return not Path("broken").exists()
"""
)

#: Some 34 MiB a worker, and a third more when its first requests came.
GROWING = """
import os
from threading import Lock
from flask import Flask

app = Flask(__name__)
held = [os.urandom(1000) for _ in range(16_000)]
grown, lock = [], Lock()

@app.get("/")
def index():
    with lock:  # once, however many threads ask
        if not grown:
            grown.extend(os.urandom(1000) for _ in range(11_000))
    return str(os.getpid())
"""
