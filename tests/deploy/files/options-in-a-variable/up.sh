#!/bin/sh
FLAGS="--bind 0.0.0.0:8000 --workers $(nproc)"
exec gunicorn $FLAGS main:app
