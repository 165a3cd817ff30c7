from httpbin import app as httpbin
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

app = DispatcherMiddleware(NotFound(), {"/tools/httpbin": httpbin})
