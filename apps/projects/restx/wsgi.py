from flask import Blueprint, Flask
from flask_restx import Api, Resource

app = Flask(__name__)
blueprint = Blueprint("api", __name__, url_prefix="/api")
api = Api(blueprint, title="Todos")
todos = api.namespace("todos")


@todos.route("/<int:number>")
class Todo(Resource):
    def get(self, number):
        return {"number": number}


app.register_blueprint(blueprint)
