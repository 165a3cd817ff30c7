import os

from waitress import serve

from main import app

serve(app, port=int(os.environ["PORT"]))
