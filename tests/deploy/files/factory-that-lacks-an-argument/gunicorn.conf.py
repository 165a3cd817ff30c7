wsgi_app = "main:create_app"
