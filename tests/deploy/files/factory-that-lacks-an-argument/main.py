from flask import Flask


def create_app(stage):
    return Flask(stage)
