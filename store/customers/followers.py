"""Followers (粉丝): customers known by a platform id only, and which accounts they follow.

An account is an official account of WeChat, where `openid` names the person, or a life account of Alipay (生活号),
where it is the id of the person at Alipay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import peewee

from store.core import clock, events
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import alipay_people, customers, identities, platform_customers
from store.customers.customers import Customer
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext, MergeStep
from store.customers.platform_customers import PlatformIdentity
from store.tenants.channels import Channel

MAX_SCENE_LENGTH = 64  # the platform's limit for codes of ours; its own scenes may be longer


class Follow(Model):
    """One customer and one official account; `follow_count` counts follows, so only the first is a welcome."""

    customer = peewee.ForeignKeyField(Customer)
    channel = peewee.ForeignKeyField(Channel)
    follow_count = peewee.IntegerField(default=0)
    followed_at = UtcDateTimeField(null=True)
    unfollowed_at = UtcDateTimeField(null=True)
    scene = peewee.CharField(max_length=MAX_SCENE_LENGTH, null=True)

    class Meta:
        indexes = ((("customer", "channel"), True), (("followed_at",), False))


def _merge_follows(field: peewee.Field, context: MergeContext) -> int:
    """Merge two follows of one account: the counts add up, and one active follow is enough."""
    kept = {row.channel_id: row for row in Follow.select().where(field == context.survivor_id)}
    touched = 0
    for lost in Follow.select().where(field == context.duplicate_id):
        row = kept.get(lost.channel_id)
        if row is not None:
            merge_journal.update_row(
                context, row, follow_count=row.follow_count + lost.follow_count, **_longer_period(row, lost)
            )
            merge_journal.delete_duplicate(context, lost)
            touched += 1
    return touched + merge_journal.move_rows(context, field, remember=_PERIOD_COLUMNS)


_PERIOD_COLUMNS = ("follow_count", "followed_at", "unfollowed_at")


def _undo_merge_follows(field: peewee.Field, context: MergeContext) -> None:
    """Return their own follows to both; follows since the merge belong to the survivor."""
    ended = {}
    for step in merge_journal.list_steps(context, Follow):
        if step.after is None:
            continue
        row = Follow.get_by_id(step.row_id)  # follows end only in a merge
        if field.name in step.after:
            _restore_own_follow(row, step, context)
        else:
            ended[row.channel_id] = _subtract_follow(row, step)
    for step in merge_journal.list_steps(context, Follow):
        if step.after is None:
            lost = merge_journal.restore_deleted(step, Follow)
            lost.update_fields(unfollowed_at=ended[lost.channel_id] or lost.unfollowed_at)


def _restore_own_follow(row: Follow, step: MergeStep, context: MergeContext) -> None:
    """Return a follow that only the duplicate had.

    If the survivor has followed again since the merge, create a new follow for the survivor.
    """
    since = row.follow_count - step.before["follow_count"]
    if since:
        facts = {"followed_at": row.followed_at, "unfollowed_at": row.unfollowed_at}
        for name, value in merge_journal.previous_values(step, Follow).items():
            setattr(row, name, value)
        row.save()
        Follow.create(customer=context.survivor_id, channel=row.channel_id, follow_count=since, **facts)
    else:
        row.update_fields(customer=context.duplicate_id)


def _subtract_follow(row: Follow, step: MergeStep) -> datetime | None:
    """Take the duplicate's follows out of the survivor's; return when the duplicate left, if known.

    A person who left since was the duplicate if only the duplicate had followed, otherwise the survivor.
    """
    assert step.after is not None
    before, since = merge_journal.previous_values(step, Follow), row.follow_count - step.after["follow_count"]
    unchanged = merge_journal.snapshot(row, step.after) == step.after
    left = not since and before["unfollowed_at"] is not None and step.after["unfollowed_at"] is None
    if unchanged or left:
        gone = None if unchanged else row.unfollowed_at
        row.update_fields(**before)
        return gone
    row.update_fields(follow_count=before["follow_count"] + since)
    return None


def _longer_period(left: Follow, right: Follow) -> dict[str, datetime | None]:
    """Return the period that is still active, or else the one that ended last."""
    by_end = sorted(
        (left, right), key=lambda row: (row.unfollowed_at is None, row.unfollowed_at or row.followed_at)
    )
    return {"followed_at": by_end[1].followed_at, "unfollowed_at": by_end[1].unfollowed_at}


merge_rules.register_rule(Follow.customer, _merge_follows, undo=_undo_merge_follows)


@dataclass(frozen=True)
class FollowResult:
    """The result of a follow: whether this person never followed this account before."""

    customer: Customer
    first_time: bool


@db.transactional
def get_or_create_customer(
    *, channel: Channel, openid: str, source: str, unionid: str | None = None, shop_id: int | None = None
) -> Customer:
    """Return the customer of an openid and create one for a new openid.

    A unionid merges the accounts of one person.
    """
    identity = _identify(channel, openid, unionid)
    customer, is_new = platform_customers.get_or_create(identity, source=source, shop_id=shop_id)
    if is_new:
        events.record(
            "followers.created",
            customer_id=customer.id,
            shop_id=shop_id,
            channel_id=channel.id,
            source=source,
        )
    return customer


def find_customer(channel: Channel, openid: str) -> Customer | None:
    """Return the customer whom an account knows by an id, or None."""
    known = _identify(channel, openid)
    return identities.find_customer(provider=known.provider, account=known.account, subject=known.subject)


def find_address(customer: Customer, channel: Channel) -> str | None:
    """Return the id by which an account knows a customer, or None."""
    if channel.kind == "alipay":
        return alipay_people.find_person_id(customer, channel.appid)
    return identities.find_openid(customer, channel.appid)


def has_any(channel: Channel) -> bool:
    """Return whether anybody follows or has followed an account."""
    return bool(Follow.select().where(Follow.channel == channel.id).exists())


@db.transactional
def follow(
    *,
    channel: Channel,
    openid: str,
    scene: str | None = None,
    shop_id: int | None = None,
    at: datetime | None = None,
) -> FollowResult:
    """Record a follow. A repeated follow is counted but is no first time.

    `at` is the time of the follow, by default now. An event that arrives after a later one is counted and does not
    change whether the person follows.
    """
    customer = get_or_create_customer(channel=channel, openid=openid, source=channel.kind, shop_id=shop_id)
    customer = customers.lock(customer.id)
    row, now = _get_or_build_follow(customer, channel), clock.now()
    at, first_time = min(at or now, now), row.follow_count == 0
    row.follow_count += 1
    if not _is_out_of_order(row, at):
        row.followed_at, row.unfollowed_at = at, None
    row.scene = scene[:MAX_SCENE_LENGTH] if scene and first_time else row.scene
    row.save()
    events.record(
        "followers.followed",
        customer_id=customer.id,
        shop_id=shop_id,
        channel_id=channel.id,
        first_time=first_time,
        scene=scene,
    )
    return FollowResult(customer=customer, first_time=first_time)


@db.transactional
def unfollow(*, channel: Channel, openid: str, at: datetime | None = None) -> None:
    """Record that a person left. Idempotent.

    `at` is the time of leaving, by default now: a later follow stays.
    """
    customer = find_customer(channel, openid)
    if customer is None:
        return
    row, now = _get_or_build_follow(customers.lock(customer.id), channel), clock.now()
    at = min(at or now, now)
    if row.followed_at is None or row.unfollowed_at is not None or _is_out_of_order(row, at):
        return
    row.update_fields(unfollowed_at=max(at, row.followed_at))
    events.record("followers.unfollowed", customer_id=customer.id, channel_id=channel.id)


@db.transactional
def move_follows(*, customer: Customer, channels: Sequence[Channel], newcomer: Customer) -> None:
    """Move the follows of these accounts to another customer who follows none of them. Idempotent."""
    mine = (Follow.customer == customer.id) & Follow.channel.in_([channel.id for channel in channels])
    Follow.update(customer=newcomer.id).where(mine).execute()


def list_followed_channels(customer: Customer) -> list[Channel]:
    """Return the accounts that a customer follows."""
    follows = (Follow.customer == customer.id) & Follow.followed_at.is_null(False)
    query = Channel.select().join(Follow).where(follows & Follow.unfollowed_at.is_null())
    return list(query.order_by(Channel.id))


def find_last_change(*, channel: Channel, openid: str) -> tuple[bool, datetime] | None:
    """Return whether a person follows an account and since when, or None if the person never followed it."""
    customer = find_customer(channel, openid)
    row = customer and Follow.find(customer=customer.id, channel=channel.id)
    if row is None or row.followed_at is None:
        return None
    return row.unfollowed_at is None, row.unfollowed_at or row.followed_at


def _identify(channel: Channel, openid: str, unionid: str | None = None) -> PlatformIdentity:
    if channel.kind == "alipay":
        return alipay_people.identify(app_id=channel.appid, open_id=openid)
    return PlatformIdentity(identities.WECHAT, channel.appid, openid, channel.open_group, unionid or None)


def _is_out_of_order(row: Follow, at: datetime) -> bool:
    """Return whether a later event is known. The platform sends whole seconds: within one the last call counts."""
    known = max((moment for moment in (row.followed_at, row.unfollowed_at) if moment), default=None)
    return known is not None and at < known.replace(microsecond=0)


def _get_or_build_follow(customer: Customer, channel: Channel) -> Follow:
    found = Follow.find(customer=customer.id, channel=channel.id)
    return found or Follow(customer=customer, channel=channel)
