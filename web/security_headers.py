"""Security headers of pages: no scripts, frames or data of other hosts."""

import secrets
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import Response, current_app, g


def protect(bp: APIBlueprint) -> None:
    """Set the security headers of a blueprint's responses. Templates put `g.nonce` on their scripts."""
    bp.before_request(_create_nonce)
    bp.after_request(_set_headers)


def _create_nonce() -> None:
    g.nonce = secrets.token_urlsafe(16)


def _set_headers(response: Response) -> Response:
    if "nonce" not in g:  # refused before any page was begun
        _create_nonce()
    response.headers["Content-Security-Policy"] = _content_security_policy(g.nonce)
    response.headers["Permissions-Policy"] = "geolocation=(self), camera=(), microphone=()"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _content_security_policy(nonce: str) -> str:
    """Return the content security policy; images may come from any host, because tenants choose theirs."""
    rules = {
        "default-src": "'none'",
        "script-src": f"'nonce-{nonce}'",
        "style-src": f"'self' 'nonce-{nonce}'",
        "img-src": "'self' data: https: http:",
        "font-src": "data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": " ".join(["'self'", *_sandbox_origins()]),
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _sandbox_origins() -> list[str]:
    """Return the sandbox, which frames pages in its phone; production has none."""
    url = current_app.config["SANDBOX_URL"]
    parts = urlsplit(url or "")
    return [f"{parts.scheme}://{parts.netloc}"] if url else []
