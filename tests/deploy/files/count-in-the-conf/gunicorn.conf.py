# gunicorn
import multiprocessing as mp

workers = mp.cpu_count() * 2 + 1  # the old rule
