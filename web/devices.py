"""The device of a request: a signed cookie of the browser, so that one phone counts as one.

A made-up cookie has no valid signature and counts as none.
"""

import secrets

from flask import Response, current_app, request

from store.core import encryption

COOKIE = "xiaoer_device"
_MAX_AGE_S = 365 * 24 * 3600
_SIGNATURE_LENGTH = 32


def find_device() -> str | None:
    """Return the device of the browser's cookie, or None."""
    number, _, signature = request.cookies.get(COOKIE, "").partition(".")
    is_signed = bool(number) and encryption.constant_time_equal(signature, _sign(number))
    return number if is_signed else None


def remember_device(response: Response) -> Response:
    """Give a browser without a valid cookie one."""
    if find_device() is None:
        number = secrets.token_hex(16)
        response.set_cookie(
            COOKIE, f"{number}.{_sign(number)}", max_age=_MAX_AGE_S, httponly=True, samesite="Lax",
            secure=current_app.config["PUBLIC_URL"].startswith("https:"),
        )  # fmt: skip
    return response


def _sign(number: str) -> str:
    return encryption.blind_index(number, purpose="device cookie")[:_SIGNATURE_LENGTH]
