"""A fan (粉丝): a customer known by a platform id only, and whether they follow an account."""

from dataclasses import dataclass
from datetime import datetime

import peewee

from store.company.channels import Channel
from store.kernel import clock, db, events
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.people import customers, identities, merge_journal, merges
from store.people.customers import Customer
from store.people.merge_journal import MergeStep, Way

LONGEST_SCENE = 64  # the platform's limit for codes of ours; its own scenes may be longer


class Follow(Record):
    """One customer and one official account; `times` counts follows, so only the first is a welcome."""

    customer = peewee.ForeignKeyField(Customer)
    channel = peewee.ForeignKeyField(Channel)
    times = peewee.IntegerField(default=0)
    followed_at = Moment(null=True)
    unfollowed_at = Moment(null=True)
    scene = peewee.CharField(max_length=LONGEST_SCENE, null=True)

    class Meta:
        indexes = ((("customer", "channel"), True),)


def _join_follows(field: peewee.Field, way: Way) -> int:
    """Two openids of one person at one account: the follows add up, and who follows with either follows."""
    kept = {row.channel_id: row for row in Follow.select().where(field == way.survivor)}
    touched = 0
    for lost in Follow.select().where(field == way.loser):
        row = kept.get(lost.channel_id)
        if row is not None:
            merge_journal.change(way, row, times=row.times + lost.times, **_stays_longer(row, lost))
            merge_journal.drop(way, lost)
            touched += 1
    return touched + merge_journal.move(way, field, remember=_STRETCH)


_STRETCH = ("times", "followed_at", "unfollowed_at")


def _part_follows(field: peewee.Field, way: Way) -> None:
    """Each gets back their own follows; what came since is the survivor's."""
    ended = {}
    for step in merge_journal.steps(way, Follow):
        if step.after is None:
            continue
        row = Follow.get_by_id(step.row_id)  # follows end only in a merge
        if field.name in step.after:
            _hand_back(row, step, way)
        else:
            ended[row.channel_id] = _give_up(row, step)
    for step in merge_journal.steps(way, Follow):
        if step.after is None:
            lost = merge_journal.put_back_dropped(step, Follow)
            lost.put(unfollowed_at=ended[lost.channel_id] or lost.unfollowed_at)


def _hand_back(row: Follow, step: MergeStep, way: Way) -> None:
    """A follow that was the loser's alone; who has followed once more since keeps that as their first."""
    since = row.times - step.before["times"]
    if since:
        facts = {"followed_at": row.followed_at, "unfollowed_at": row.unfollowed_at}
        for name, value in merge_journal.as_before(step, Follow).items():
            setattr(row, name, value)
        row.save()
        Follow.create(customer=way.survivor, channel=row.channel_id, times=since, **facts)
    else:
        row.put(customer=way.loser)


def _give_up(row: Follow, step: MergeStep) -> datetime | None:
    """Take the loser's follows out of the survivor's; returns when the loser left, if that is known.

    Who left since was the loser where only the loser had followed, else the survivor is taken to have.
    """
    assert step.after is not None
    before, since = merge_journal.as_before(step, Follow), row.times - step.after["times"]
    unchanged = merge_journal.stored(row, step.after) == step.after
    left = not since and before["unfollowed_at"] is not None and step.after["unfollowed_at"] is None
    if unchanged or left:
        gone = None if unchanged else row.unfollowed_at
        row.put(**before)
        return gone
    row.put(times=before["times"] + since)
    return None


def _stays_longer(left: Follow, right: Follow) -> dict[str, datetime | None]:
    """The stretch of the two that still runs, or else ended last."""
    by_end = sorted(
        (left, right), key=lambda row: (row.unfollowed_at is None, row.unfollowed_at or row.followed_at)
    )
    return {"followed_at": by_end[1].followed_at, "unfollowed_at": by_end[1].unfollowed_at}


merges.carries(Follow.customer, _join_follows, back=_part_follows)


@dataclass(frozen=True)
class Followed:
    """What a follow came to: whether this person never followed this account before."""

    customer: Customer
    first_time: bool


@db.verb
def known(
    *, channel: Channel, openid: str, source: str, unionid: str | None = None, shop_id: int | None = None
) -> Customer:
    """The customer behind an openid, opened as a fan at first sight; a unionid joins the accounts of one person."""
    customer = identities.holder(provider=identities.WECHAT, account=channel.appid, subject=openid)
    union = unionid and identities.holder(
        provider=identities.UNIONID, account=channel.open_group, subject=unionid
    )
    if customer is None:
        # Locked, so that what is bound now cannot stay behind with a row that is being merged away.
        customer = (
            customers.locked(union.id) if union else customers.open_customer(source=source, shop_id=shop_id)
        )
        identities.bind(customer, provider=identities.WECHAT, account=channel.appid, subject=openid)
        if not union:
            events.record(
                "fans.opened", customer_id=customer.id, shop_id=shop_id, channel_id=channel.id, source=source
            )
    if union and union.id != customer.id:
        customer = _join(union, customer)
    elif unionid and not union:
        customer = customers.locked(customer.id)
        identities.bind(customer, provider=identities.UNIONID, account=channel.open_group, subject=unionid)
    return customer


@db.verb
def follow(
    *,
    channel: Channel,
    openid: str,
    scene: str | None = None,
    shop_id: int | None = None,
    at: datetime | None = None,
) -> Followed:
    """Record a follow; following again is recorded but is no first time.

    `at` is the second in which it happened, now when left out. One that is told after something later is
    counted, and changes nothing of whether they follow.
    """
    customer = known(channel=channel, openid=openid, source="wechat_official", shop_id=shop_id)
    customer = customers.locked(customer.id)
    row, now = _row(customer, channel), clock.now()
    at, first_time = min(at or now, now), row.times == 0
    row.times += 1
    if not _is_late(row, at):
        row.followed_at, row.unfollowed_at = at, None
    row.scene = scene[:LONGEST_SCENE] if scene and first_time else row.scene
    row.save()
    events.record(
        "fans.followed",
        customer_id=customer.id,
        shop_id=shop_id,
        channel_id=channel.id,
        first_time=first_time,
        scene=scene,
    )
    return Followed(customer=customer, first_time=first_time)


@db.verb
def unfollow(*, channel: Channel, openid: str, at: datetime | None = None) -> None:
    """Record that somebody left; somebody unknown, or gone already, changes nothing.

    `at` is the second in which it happened, now when left out: who has come back since stays.
    """
    customer = identities.holder(provider=identities.WECHAT, account=channel.appid, subject=openid)
    if customer is None:
        return
    row, now = _row(customers.locked(customer.id), channel), clock.now()
    at = min(at or now, now)
    if row.followed_at is None or row.unfollowed_at is not None or _is_late(row, at):
        return
    row.put(unfollowed_at=max(at, row.followed_at))
    events.record("fans.unfollowed", customer_id=customer.id, channel_id=channel.id)


def followed(customer: Customer) -> list[Channel]:
    """The accounts that a customer follows."""
    follows = (Follow.customer == customer.id) & Follow.followed_at.is_null(False)
    query = Channel.select().join(Follow).where(follows & Follow.unfollowed_at.is_null())
    return list(query.order_by(Channel.id))


def _is_late(row: Follow, at: datetime) -> bool:
    """Whether something later is known. The platform tells whole seconds: within one the last told is the last."""
    known = max((moment for moment in (row.followed_at, row.unfollowed_at) if moment), default=None)
    return known is not None and at < known.replace(microsecond=0)


def _row(customer: Customer, channel: Channel) -> Follow:
    found = Follow.find(customer=customer.id, channel=channel.id)
    return found or Follow(customer=customer, channel=channel)


def _join(union: Customer, customer: Customer) -> Customer:
    """One unionid, two rows: the one with a verified phone stays, else the older.

    Both are locked before their phones are looked at, so that neither gets one meanwhile.
    """
    older, newer = (customers.locked(row_id) for row_id in sorted((union.id, customer.id)))
    if older.id == newer.id:
        return older
    with_phone = [row for row in (older, newer) if identities.phone_of(row)]
    if len(with_phone) == 2:
        return customer  # two verified phones are never joined without proof of both
    keep = with_phone[0] if with_phone else older
    return merges.merge(keep=keep, lose=newer if keep is older else older, proof="unionid")
