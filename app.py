"""The web application: blueprints, error handlers and the command line."""

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix

import commands
import config
import console
import h5
import miniprogram_api
import till
from bootstrap import bootstrap
from handlers import alipay_gateway, card_notices, payment_notices, sms_reports, wechat
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from web import assets, health, openapi, pictures, request_context, start_page
from web.rsgi import RsgiServer

MAX_BODY_BYTES = 1024 * 1024


def create_app() -> APIFlask:
    """Bootstrap the application and register all blueprints and commands."""
    settings = config.current()
    bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    app = APIFlask(__name__, title=openapi.TITLE, version="0.1.0", docs_oauth2_redirect_path=None)
    openapi.init_app(app)
    app.config.update(
        PUBLIC_URL=settings.public_url,
        SANDBOX_URL=settings.sandbox_url,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
    )
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=1, x_host=1)
    request_context.init_app(app)
    assets.init_app(app)
    app.register_blueprint(wechat.bp)
    app.register_blueprint(alipay_gateway.bp)
    app.register_blueprint(payment_notices.bp)
    app.register_blueprint(card_notices.bp)
    app.register_blueprint(sms_reports.bp)
    app.register_blueprint(health.bp)
    app.register_blueprint(start_page.bp)
    app.register_blueprint(pictures.bp)
    for bp in (*miniprogram_api.BLUEPRINTS, *h5.BLUEPRINTS, *till.BLUEPRINTS, *console.BLUEPRINTS):
        app.register_blueprint(bp)
    commands.register(app)
    return app


app = create_app()
server = RsgiServer(app, max_body_bytes=MAX_BODY_BYTES)
