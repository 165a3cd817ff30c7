#!/bin/sh
set -e
flask db upgrade
exec gunicorn --workers 2 main:app
