"""An idempotency key: a request that may be repeated, and the answer that every repeat gets."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import peewee

from store.kernel import clock, db, refusals
from store.kernel.fields import Json, Moment
from store.kernel.records import Record

LONGEST = 100


class KeptAnswer(Record):
    """`scope` is who asked for what (caller and route); `fingerprint` a hash of the body."""

    scope = peewee.CharField(max_length=160)
    key = peewee.CharField(max_length=LONGEST)
    fingerprint = peewee.CharField(max_length=64)
    answer = Json()
    at = Moment(default=clock.now)

    class Meta:
        indexes = ((("scope", "key"), True),)


@db.verb
def once(*, scope: str, key: str, body: Any, work: Callable[[], Any]) -> Any:
    """What `work` answers, done once for a key: its writes and its answer are kept together.

    The same key with another body is refused with `key_reused`. A refusal keeps nothing, so it
    may be asked again.
    """
    if not 1 <= len(key) <= LONGEST:
        raise refusals.invalid("Idempotency-Key", f"应为 1–{LONGEST} 个字符")
    fingerprint = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    db.queue_for(f"idempotency:{scope}:{key}")
    kept = KeptAnswer.get_or_none((KeptAnswer.scope == scope) & (KeptAnswer.key == key))
    if kept is None:
        answer = work()
        KeptAnswer.create(scope=scope, key=key, fingerprint=fingerprint, answer=answer)
        return answer
    if kept.fingerprint != fingerprint:
        raise refusals.Refused("key_reused", "该幂等键已用于另一个请求", 422, field="Idempotency-Key")
    return kept.answer
