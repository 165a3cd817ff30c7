#!/bin/sh
set -e

vaultify gunicorn -b 0.0.0.0:$PORT main:app
