from beets.library import Library
from beetsplug.web import ReverseProxied, app

app.config["lib"] = Library("music.db", ".")
app.wsgi_app = ReverseProxied(app.wsgi_app)
