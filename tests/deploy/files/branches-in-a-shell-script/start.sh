#!/bin/bash
set -e

if [ "$FLASK_ENV" = "development" ]; then
    exec python -m main
else
    echo "production"
    exec gunicorn --bind 0.0.0.0:5000 --workers $(nproc) main:app
fi
