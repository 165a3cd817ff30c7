from apiflask import APIBlueprint, APIFlask, Schema
from apiflask.fields import String

app = APIFlask(__name__)
pets = APIBlueprint("pets", __name__, url_prefix="/pets")


class Pet(Schema):
    name = String(required=True)


@pets.get("/")
@pets.output(Pet(many=True))
def all_pets():
    return [{"name": "Rex"}]


app.register_blueprint(pets)
