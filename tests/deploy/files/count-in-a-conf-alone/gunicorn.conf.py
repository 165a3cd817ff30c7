from os import cpu_count

workers = 2 * cpu_count()
