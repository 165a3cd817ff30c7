from flask import Flask
from flask_socketio import SocketIO, emit

app = Flask(__name__)
app.config["SECRET_KEY"] = "a secret that nobody else has, 27b1f0"
socketio = SocketIO(app)


@app.route("/")
def index():
    return "<p>Open a socket."


@socketio.event
def said(message):
    emit("said", message, broadcast=True)
