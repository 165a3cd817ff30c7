import multiprocessing
import os

per_core = float(os.getenv('WORKERS_PER_CORE', '1'))
default = per_core * multiprocessing.cpu_count()
asked = os.getenv('WEB_CONCURRENCY', None)
if asked:
    workers = int(asked)
else:
    workers = max(int(default), 2)
