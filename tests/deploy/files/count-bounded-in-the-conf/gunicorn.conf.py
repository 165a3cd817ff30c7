import os

workers = int(os.environ.get('WEB_CONCURRENCY', 2))
bind = '0.0.0.0:' + os.environ.get('PORT', '8000')
