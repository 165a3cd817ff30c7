#!/bin/sh
if [ "$STAGE" = "desk" ]; then
  flask run --debug
else
  exec gunicorn -b 0.0.0.0:8000 main:app
fi
