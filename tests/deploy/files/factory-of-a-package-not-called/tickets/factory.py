import flask


def create_app(settings=None, testing=False):
    site = flask.Flask(__name__)
    site.testing = testing
    return site
