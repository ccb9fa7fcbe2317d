"""The stand-in's web application: `granian --interface wsgi sandbox.app:app --workers 1`.

One process and no more: what it knows lives in its memory.
"""

from ipaddress import ip_address

from flask import Flask, abort, request

from sandbox import config
from sandbox.clock import Clock
from sandbox.doors.control import control
from sandbox.doors.phone import phone
from sandbox.doors.platform import platform
from sandbox.world import World

LARGEST_BODY = 2 * 1024 * 1024


def create_app(settings: config.Config, *, clock: Clock | None = None) -> Flask:
    app = Flask(__name__, static_folder="static", static_url_path="/sandbox/static")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json.ensure_ascii = False
    app.json.sort_keys = False
    app.extensions["world"] = World(settings, clock=clock)
    app.before_request(stay_on_this_machine)
    for blueprint in (platform, control, phone):
        app.register_blueprint(blueprint)
    return app


def stay_on_this_machine() -> None:
    """It hands out sign-in codes to whoever asks, so nobody outside may ask."""
    if not ip_address(request.remote_addr or "0.0.0.0").is_loopback:
        abort(403)


app = create_app(config.from_environment())
