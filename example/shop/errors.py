"""Errors in the form the caller asked for: a page for a person, JSON for a program."""

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import Conflict, HTTPException

from .extensions import db


def register(app: Flask) -> None:
    """Install the two handlers every blueprint relies on."""
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(IntegrityError, conflict)


def http_error(error: HTTPException) -> ResponseReturnValue:
    """Say what went wrong; keep what the error itself answers with, such as a redirect."""
    if error.code is None or error.response is not None:
        return error
    if wants_json():
        return jsonify(error=error.name, detail=error.description), error.code
    return render_template("error.html", error=error), error.code


def conflict(_error: IntegrityError) -> ResponseReturnValue:
    """A code, address or name that must be unique is taken, or a row is still in use."""
    db.session.rollback()
    return http_error(Conflict("That already exists, or is still in use."))


def wants_json() -> bool:
    """Whether the caller sent JSON or prefers it to HTML."""
    offered = ["text/html", "application/json"]
    return request.is_json or request.accept_mimetypes.best_match(offered) == "application/json"
