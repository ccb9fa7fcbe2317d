"""Security headers of pages: no scripts, frames or data of other hosts."""

import secrets
from functools import partial
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import Response, current_app, g


def protect(
    bp: APIBlueprint, *, scans: bool = False, is_framed: bool = True, shows_blobs: bool = False
) -> None:
    """Set the security headers of a blueprint's responses. Templates put `g.nonce` on their scripts.

    Pages that scan codes may use the camera, and run the reader of codes, which is WebAssembly. `is_framed` allows the
    sandbox to show the pages in its phone, `shows_blobs` pictures that a script has made.
    """
    bp.before_request(_create_nonce)
    bp.after_request(partial(_set_headers, scans=scans, is_framed=is_framed, shows_blobs=shows_blobs))


def _create_nonce() -> None:
    g.nonce = secrets.token_urlsafe(16)


def _set_headers(response: Response, *, scans: bool, is_framed: bool, shows_blobs: bool) -> Response:
    if "nonce" not in g:  # refused before any page was begun
        _create_nonce()
    ancestors = ["'self'", *_sandbox_origins()] if is_framed else ["'none'"]
    response.headers["Content-Security-Policy"] = _content_security_policy(
        g.nonce, scans=scans, ancestors=ancestors, shows_blobs=shows_blobs
    )
    camera = "(self)" if scans else "()"
    response.headers["Permissions-Policy"] = f"geolocation=(self), camera={camera}, microphone=()"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _content_security_policy(nonce: str, *, scans: bool, ancestors: list[str], shows_blobs: bool) -> str:
    """Return the content security policy; images may come from any host, because tenants choose theirs."""
    rules = {
        "default-src": "'none'",
        "script-src": f"'nonce-{nonce}'" + (" 'wasm-unsafe-eval'" if scans else ""),
        "style-src": f"'self' 'nonce-{nonce}'",
        "img-src": "'self' data: " + ("blob: " if shows_blobs else "") + "https: http:",
        "font-src": "data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": " ".join(ancestors),
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _sandbox_origins() -> list[str]:
    """Return the sandbox, which frames pages in its phone; production has none."""
    url = current_app.config["SANDBOX_URL"]
    parts = urlsplit(url or "")
    return [f"{parts.scheme}://{parts.netloc}"] if url else []
