"""The routes of the phone page and of its browser."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import Blueprint, current_app, redirect, request

from sandbox.errors import SandboxError
from sandbox.routes.oauth import PERSON_COOKIE
from sandbox.routes.request_context import sandbox_state

phone = Blueprint("phone", __name__)


@phone.get("/")
def show_phone() -> Any:
    # Cookies belong to a host name. Without the redirect the pages on 127.0.0.1 would not see the cookie.
    parts = urlsplit(request.url)
    if parts.hostname == "localhost":
        port = f":{parts.port}" if parts.port else ""
        return redirect(urlunsplit(parts._replace(netloc=f"127.0.0.1{port}")))
    return current_app.send_static_file("phone.html")


@phone.get("/open")
def open_in_phone() -> Any:
    """Open a URL as this person. The cookie identifies the person in OAuth."""
    person = sandbox_state().people.get(request.args.get("person", ""))
    url = request.args.get("url", "")
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
        raise SandboxError("bad_url", "网址不对")
    response = redirect(url)
    if request.cookies.get(PERSON_COOKIE) != person.id:
        for name in request.cookies:  # another phone has none of the cookies of the previous one
            response.delete_cookie(name)
    response.set_cookie(PERSON_COOKIE, person.id, httponly=True, samesite="Lax")
    response.headers["Cache-Control"] = "no-store"
    return response


@phone.errorhandler(SandboxError)
def handle_error(error: SandboxError) -> tuple[str, int]:
    return error.message, error.status
