worker_class = 'gevent'
