"""A small WSGI application for the tests of the server: it answers with what it was sent."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from web.rsgi import RsgiServer

BODY_TIMEOUT_S = 2.0


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/broken":
        raise RuntimeError("the application is broken")
    body = environ["wsgi.input"].read()
    kept = {name: value for name, value in environ.items() if name.isupper()}
    start_response("200 OK", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [json.dumps({**kept, "body": body.decode()}).encode()]


server = RsgiServer(app, max_body_bytes=1000, threads=4, body_timeout_s=BODY_TIMEOUT_S)
