"""An idempotency key: a request that may be repeated, and the answer that every repeat gets.

An answer may hold what only the asker may see (a session's token), so it is kept encrypted; and a body
may be a phone and a code, so its fingerprint is a keyed hash.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import peewee

from store.kernel import clock, db, refusals, secrets
from store.kernel.fields import Encrypted, Moment
from store.kernel.records import Record

LONGEST = 100
KEPT_DAYS = 2


class KeptAnswer(Record):
    """`scope` is who asked for what (caller and route); `fingerprint` a keyed hash of the body."""

    scope = peewee.CharField(max_length=160)
    key = peewee.CharField(max_length=LONGEST)
    fingerprint = peewee.CharField(max_length=64)
    answer = Encrypted()
    at = Moment(default=clock.now)

    class Meta:
        indexes = ((("scope", "key"), True),)


@db.verb
def once(*, scope: str, key: str, body: Any, work: Callable[[], Any]) -> Any:
    """What `work` answers, done once for a key: its writes and its answer are kept together.

    The same key with another body is refused with `key_reused`. A refusal keeps nothing, so it
    may be asked again.
    """
    db.queue_for(f"idempotency:{scope}:{key}")
    before = kept(scope=scope, key=key, body=body)
    if before is not None:
        return before
    answer = json.dumps(work(), default=str)
    if answer == "null":
        raise ValueError("an answer of None could not be told from none at all")
    KeptAnswer.create(scope=scope, key=key, fingerprint=_fingerprint(body), answer=answer)
    return json.loads(answer)  # as every repeat will read it


def kept(*, scope: str, key: str, body: Any) -> Any | None:
    """The answer that a key has got already; None while it has none. Raises Refused(key_reused)."""
    if not 1 <= len(key) <= LONGEST:
        raise refusals.invalid("Idempotency-Key", f"应为 1–{LONGEST} 个字符")
    found = KeptAnswer.find(scope=scope, key=key)
    if found is None:
        return None
    if not secrets.same(found.fingerprint, _fingerprint(body)):
        raise refusals.Refused("key_reused", "该幂等键已用于另一个请求", 422, field="Idempotency-Key")
    return json.loads(found.answer)


@db.verb
def forget_old() -> int:
    """Drop answers that nobody repeats for any more; returns how many."""
    return KeptAnswer.delete().where(KeptAnswer.at < clock.now() - timedelta(days=KEPT_DAYS)).execute()


def _fingerprint(body: Any) -> str:
    return secrets.blind(json.dumps(body, sort_keys=True, default=str), purpose="idempotency")
