import multiprocessing

from gunicorn.app.base import BaseApplication


class Serve(BaseApplication):
    def load_config(self):
        self.cfg.set("workers", multiprocessing.cpu_count() * 2 + 1)
        self.cfg.set("bind", "0.0.0.0:8000")

    def load(self):
        from main import app

        return app


if __name__ == "__main__":
    Serve().run()
