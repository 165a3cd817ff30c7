#!/bin/bash
case "$STAGE" in
  live) ADDRESS=0.0.0.0:$PORT ;;
  *) ADDRESS=127.0.0.1:5000 ;;
esac
exec gunicorn -b $ADDRESS main:app
