from flask import Flask


def create_app():
    site = Flask(__name__)
    return site
