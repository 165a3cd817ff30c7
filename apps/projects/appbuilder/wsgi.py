import os

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_appbuilder.utils.legacy import get_sqla_class

app = Flask(__name__)
app.config.update(
    SECRET_KEY="a secret that nobody else has, 27b1f0",
    SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"],
)
db = get_sqla_class()()
db.init_app(app)
with app.app_context():
    AppBuilder(app, db.session)
