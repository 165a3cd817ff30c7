#!/usr/bin/env bash
set -euo pipefail

# two a CPU and one
WORKERS=${WORKERS:-$(( $(nproc) * 2 + 1 ))}

exec gunicorn \
  --bind "0.0.0.0:${PORT}" \
  --workers "$WORKERS" \
  main:app
