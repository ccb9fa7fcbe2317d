"""The web application: every door in its place, the shell commands beside them."""

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix

import accounts
import commands
import doors
import h5
import health
import miniprogram_api
import openapi
from handlers import wechat
from house import open_house


def create_app() -> APIFlask:
    """Open the house and put up its doors."""
    settings = accounts.settings()
    open_house(settings)
    app = APIFlask(__name__, title=openapi.TITLE, version="0.1.0", docs_oauth2_redirect_path=None)
    openapi.furnish(app)
    app.config.update(
        PUBLIC_URL=settings.public_url,
        SANDBOX_URL=settings.sandbox_url,
        MAX_CONTENT_LENGTH=1024 * 1024,
    )
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=1, x_host=1)
    doors.furnish(app)
    app.register_blueprint(wechat.door)
    app.register_blueprint(health.door)
    for door in (*miniprogram_api.DOORS, *h5.DOORS):
        app.register_blueprint(door)
    commands.register(app)
    return app


app = create_app()
