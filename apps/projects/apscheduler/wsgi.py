from flask import Flask
from flask_apscheduler import APScheduler

app = Flask(__name__)
app.config["SCHEDULER_API_ENABLED"] = True
scheduler = APScheduler()
scheduler.init_app(app)


@scheduler.task("interval", id="tick", seconds=1)
def tick():
    app.logger.debug("tick")


scheduler.start()
