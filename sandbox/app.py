"""The web application of the sandbox: `granian --interface wsgi sandbox.app:app --workers 1`.

It must be one process, because its state is in memory.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, abort, request

from sandbox import config
from sandbox.clock import Clock
from sandbox.routes.alipay import alipay
from sandbox.routes.control import control
from sandbox.routes.phone import phone
from sandbox.routes.platform import platform
from sandbox.routes.red_packets import red_packets
from sandbox.routes.transfers import wechat_pay
from sandbox.state import SandboxState

MAX_BODY_BYTES = 2 * 1024 * 1024


def create_app(settings: config.Config, *, clock: Clock | None = None) -> Flask:
    app = Flask(__name__, static_folder="static", static_url_path="/sandbox/static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.ensure_ascii = False
    app.json.sort_keys = False
    app.extensions["state"] = SandboxState(settings, clock=clock)
    app.before_request(require_loopback)
    for blueprint in (platform, wechat_pay, red_packets, alipay, control, phone):
        app.register_blueprint(blueprint)
    if settings.smtp_port:
        _start_mail_server(app.extensions["state"], port=settings.smtp_port)
    return app


def _start_mail_server(state: SandboxState, *, port: int) -> None:
    # Imported here, so that aiosmtpd is needed only where the sandbox receives e-mails.
    from sandbox.mail_server import MailServer

    MailServer(mails=state.mails, faults=state.faults, password=state.sms_key, port=port).start()


def require_loopback() -> None:
    """Reject requests from other machines, because the sandbox issues login codes without authentication.

    Without the check of the Host header a page of another site could reach it by DNS rebinding.
    """
    if not ip_address(request.remote_addr or "0.0.0.0").is_loopback or not _is_loopback_name(request.host):
        abort(403)


def _is_loopback_name(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


app = create_app(config.load_from_environment())
