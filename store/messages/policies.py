"""Policies of messages (消息设置): per kind whether it is sent, on which media and in which order."""

from collections.abc import Mapping, Sequence
from typing import Literal

import peewee

from store.core import cache, clock, errors
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.messages import kinds
from store.messages.kinds import MEDIA, SENT_MEDIA, MessageKind
from store.tenants import audit

Mode = Literal["first", "all"]
MODES: Mapping[str, str] = {"first": "依次尝试，送达一个即止", "all": "全部发送"}


class MessagePolicy(Model):
    """What staff chose for a kind of message. `media` is the order in which they are tried."""

    kind = peewee.CharField(max_length=40, unique=True)
    enabled = peewee.BooleanField(default=True)
    on_site = peewee.BooleanField(default=True)
    media = JsonField()
    mode = peewee.CharField(max_length=10, constraints=[peewee.Check(f"mode IN {tuple(MODES)}")])
    changed_at = UtcDateTimeField(default=clock.now)


def read(kind: MessageKind) -> MessagePolicy:
    """Return the policy of a kind, its defaults if staff changed nothing."""
    return _read_changed().get(kind.key) or MessagePolicy(
        kind=kind.key, media=list(kind.media), mode="all" if kind.to_all_media else "first"
    )


def list_all() -> list[tuple[MessageKind, MessagePolicy]]:
    """Return every kind of message with its policy."""
    return [(kind, read(kind)) for kind in kinds.KINDS.values()]


@db.transactional
def change(key: str, *, enabled: bool, on_site: bool, media: Sequence[str], mode: str) -> MessagePolicy:
    """Change the policy of a kind. Idempotent. Raises DomainError(not_found, invalid)."""
    kind = kinds.find(key)
    if kind is None:
        raise errors.not_found("这种消息")
    if any(medium not in SENT_MEDIA for medium in media) or len(set(media)) != len(media):
        raise errors.invalid("media", f"可选 {'、'.join(MEDIA[medium] for medium in SENT_MEDIA)}，不能重复")
    if mode not in MODES:
        raise errors.invalid("mode", f"可选 {'、'.join(MODES)}")
    db.advisory_lock(f"message_policy:{key}")
    before = _to_values(read(kind))
    after = {"enabled": enabled, "on_site": on_site, "media": list(media), "mode": mode}
    if before != after:
        MessagePolicy.insert(kind=key, changed_at=clock.now(), **after).on_conflict(
            conflict_target=[MessagePolicy.kind],
            preserve=[
                MessagePolicy.enabled, MessagePolicy.on_site, MessagePolicy.media, MessagePolicy.mode,
                MessagePolicy.changed_at,
            ],
        ).execute()  # fmt: skip
        audit.record("message_policies.change", f"message_kind:{key}", before=before, after=after)
        db.after_commit(cache.clear)
    return MessagePolicy.get(MessagePolicy.kind == key) if before != after else read(kind)


def _to_values(policy: MessagePolicy) -> dict[str, object]:
    return {
        "enabled": policy.enabled,
        "on_site": policy.on_site,
        "media": list(policy.media),
        "mode": policy.mode,
    }


@cache.cached(ttl_s=1)
def _read_changed() -> dict[str, MessagePolicy]:
    return {row.kind: row for row in MessagePolicy.select()}
