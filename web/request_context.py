"""What all routes share: request ids, security headers and the client address."""

import secrets
import time

import structlog
from apiflask import APIFlask
from flask import Response, g, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from store.core.database.postgresql import limit_waits
from store.core.errors import DomainError
from store.core.validation import to_domain_error
from web.errors import (
    STATUS_MESSAGES,
    error_response,
    handle_http_error,
    handle_unexpected,
    process_api_error,
)
from web.responses import JsonProvider

log = structlog.get_logger("web")

DATABASE_TIMEOUT_S = 2.0  # of one wait: an answer within three seconds says that the database does not answer

# Of every response that does not set them itself: answers are personal unless a route says otherwise.
_DEFAULT_HEADERS = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("content-security-policy", "frame-ancestors 'none'"),
    ("cache-control", "no-store"),
)


def init_app(app: APIFlask) -> None:
    """Register the JSON provider, the request hooks and the error handlers of an app."""
    app.json = JsonProvider(app)
    app.before_request(_before_request)
    app.after_request(_after_request)
    app.teardown_request(_teardown_request)
    app.register_error_handler(DomainError, error_response)
    app.register_error_handler(ValidationError, lambda error: error_response(to_domain_error(error)))
    app.register_error_handler(HTTPException, handle_http_error)
    app.register_error_handler(Exception, handle_unexpected)
    app.error_processor(process_api_error)


def client_ip() -> str:
    """Return the client address. ProxyFix has removed the trusted proxies."""
    return request.remote_addr or ""


def user_agent() -> str:
    """Return what the browser says about itself."""
    return request.user_agent.string


def _before_request() -> None:
    g.request_id = f"req_{secrets.token_hex(8)}"
    g.began = time.perf_counter()
    limit_waits(DATABASE_TIMEOUT_S)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    # PostgreSQL cannot even be asked for a text with a zero byte, so it is rejected here for all routes.
    if "\0" in request.path or any("\0" in value for value in request.args.values()):
        raise DomainError("bad_request", STATUS_MESSAGES[400], 400)


def _teardown_request(error: BaseException | None) -> None:
    limit_waits(None)


def _after_request(response: Response) -> Response:
    present = {name.lower() for name, _ in response.headers}
    for name, value in (("x-request-id", g.request_id), *_DEFAULT_HEADERS):
        if name not in present:
            response.headers.add(name, value)
    if response.status_code >= 400:
        log.info(
            "answered", method=request.method, route=str(request.url_rule), status=response.status_code,
            ms=round((time.perf_counter() - g.began) * 1000, 1),
        )  # fmt: skip
    return response
