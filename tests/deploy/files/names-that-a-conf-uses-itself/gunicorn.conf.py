bind = "0.0.0.0:8000"
worker = 2
workers = worker + 1
log_level = "info"
loglevel = log_level
preload = True
preload_app = True
