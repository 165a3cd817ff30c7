from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields

app = Flask(__name__)
app.config.update(API_TITLE="Pets", API_VERSION="v1", OPENAPI_VERSION="3.0.2")
api = Api(app)
blueprint = Blueprint("pets", "pets", url_prefix="/pets", description="Of all kinds")


class PetSchema(Schema):
    name = fields.String(required=True)


@blueprint.route("/")
class Pets(MethodView):
    @blueprint.response(200, PetSchema(many=True))
    def get(self):
        return [{"name": "Rex"}]


api.register_blueprint(blueprint)
