from connexion import FlaskApp

app = FlaskApp(__name__)
app.add_api("api.yaml")


def greet(name):
    return {"greeting": f"Hello {name}"}
