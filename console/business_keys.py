"""The business number of a write: its `Idempotency-Key`, for operations that are idempotent by a key themselves."""

import hashlib

from flask import request

from console.auth import StaffCaller
from store.core import ids
from web.idempotency import KEY_HEADER


def read_business_key(caller: StaffCaller) -> str:
    """Return a key of at most 50 characters, the same for a repeated request of an account."""
    given = request.headers.get(KEY_HEADER) or ids.token()
    digest = hashlib.sha256(f"{caller.scope} {request.path} {given}".encode()).hexdigest()
    return f"console:{digest[:40]}"
