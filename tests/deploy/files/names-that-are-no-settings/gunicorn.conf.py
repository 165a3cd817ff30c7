bind = "0.0.0.0:8000"
worker = 4
preload = True
worker_timeout = 120
