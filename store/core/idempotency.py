"""Idempotency keys: a request that may be repeated, and the stored response that every repeat gets.

A response may hold a session's token, so it is encrypted. A body may hold a phone and a code, so its fingerprint
is a keyed hash.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import peewee

from store.core import clock, encryption, errors
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model

MAX_KEY_LENGTH = 100
RETENTION_DAYS = 2


class StoredResponse(Model):
    """`scope` is caller and route; `fingerprint` is a keyed hash of the body."""

    scope = peewee.CharField(max_length=160)
    key = peewee.CharField(max_length=MAX_KEY_LENGTH)
    fingerprint = peewee.CharField(max_length=64)
    response = EncryptedField(context="stored_response.response")
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("scope", "key"), True),)


@db.transactional
def run_once(*, scope: str, key: str, body: Any, work: Callable[[], Any]) -> Any:
    """Run `work` once per key and return its response. Rows and response are stored in one transaction.

    Raises DomainError(key_reused) for the same key with another body. A domain error stores nothing, so the
    request may be repeated.
    """
    db.advisory_lock(f"idempotency:{scope}:{key}")
    before = find_response(scope=scope, key=key, body=body)
    if before is not None:
        return before
    answer = json.dumps(work(), default=str)
    if answer == "null":
        raise ValueError("an answer of None could not be distinguished from a missing response")
    StoredResponse.create(scope=scope, key=key, fingerprint=_fingerprint(body), response=answer)
    return json.loads(answer)  # as every repeat will read it


def find_response(*, scope: str, key: str, body: Any) -> Any | None:
    """Return the stored response of a key, or None. Raises DomainError(key_reused)."""
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise errors.invalid("Idempotency-Key", f"应为 1–{MAX_KEY_LENGTH} 个字符")
    found = StoredResponse.find(scope=scope, key=key)
    if found is None:
        return None
    if not encryption.constant_time_equal(found.fingerprint, _fingerprint(body)):
        raise errors.DomainError("key_reused", "该幂等键已用于另一个请求", 422, field="Idempotency-Key")
    return json.loads(found.response)


@db.transactional
def purge_expired() -> int:
    """Delete old stored responses and return their number."""
    return (
        StoredResponse.delete()
        .where(StoredResponse.at < clock.now() - timedelta(days=RETENTION_DAYS))
        .execute()
    )


def _fingerprint(body: Any) -> str:
    return encryption.blind_index(json.dumps(body, sort_keys=True, default=str), purpose="idempotency")
