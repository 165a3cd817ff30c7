from sqlite_web import sqlite_web

sqlite_web.initialize_app(["music.db"], url_prefix="/music")
app = sqlite_web.app
