"""Random public ids, which cannot be counted or guessed."""

import base64
import secrets


def public_id(prefix: str = "") -> str:
    """Return a public id of 120 bits, 24 letters and digits without 0 and 1: `cus_7k2m…`."""
    return prefix + base64.b32encode(secrets.token_bytes(15)).decode().lower()


def token() -> str:
    """Return a bearer secret of 256 bits."""
    return secrets.token_urlsafe(32)


def one_time_code(length: int) -> str:
    """Return a one-time code of `length` digits, leading zeros allowed."""
    return str(secrets.randbelow(10**length)).zfill(length)
