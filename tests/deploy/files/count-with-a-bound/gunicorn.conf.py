import multiprocessing

workers = min(multiprocessing.cpu_count() * 2 + 1, 4)
