#!/bin/sh
cd /srv/app/backend || { echo no; exit 1; }
exec gunicorn --bind 0.0.0.0:8000 shop.wsgi:application
