"""The health checks on a listener of their own: they answer also when all threads of the web are busy."""

from apiflask import APIFlask

import config
from bootstrap import bootstrap
from web import health, request_context
from web.rsgi import RsgiServer

THREADS = 4


def create_app() -> APIFlask:
    """Bootstrap an application that has the health checks and the metrics only."""
    bootstrap(config.current(), subscriptions={}, wake=_ignore_wakeup)
    app = APIFlask(__name__, enable_openapi=False, static_folder=None)
    request_context.init_app(app)
    app.register_blueprint(health.bp)
    return app


def _ignore_wakeup(tenant: str) -> None:
    """Do nothing, because this process records no events."""


server = RsgiServer(create_app(), max_body_bytes=0, threads=THREADS)
