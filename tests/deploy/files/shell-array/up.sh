#!/bin/bash
FLAGS=(--bind 0.0.0.0:8000)
FLAGS+=(--workers 3)
exec gunicorn "${FLAGS[@]}" main:app
