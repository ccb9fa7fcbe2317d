"""Numbers that strangers see: random, so that nobody can count or guess them."""

import secrets

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # without 0/o, 1/l/i: people read these aloud


def public(prefix: str = "") -> str:
    """A public id of about 120 bits: `cus_7k2m…`."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(24))


def token() -> str:
    """A bearer secret of 256 bits."""
    return secrets.token_urlsafe(32)


def digits(length: int) -> str:
    """`length` random decimal digits; the first is never 0."""
    return str(secrets.randbelow(9) + 1) + "".join(str(secrets.randbelow(10)) for _ in range(length - 1))


def code(length: int) -> str:
    """A one-time code of `length` digits, leading zeros allowed."""
    return str(secrets.randbelow(10**length)).zfill(length)
