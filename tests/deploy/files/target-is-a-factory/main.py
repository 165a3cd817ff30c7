from flask import Flask


def create_app(config=None):
    return Flask(__name__)
