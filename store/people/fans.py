"""A fan (粉丝): a customer known by a platform id only, and whether they follow an account."""

from dataclasses import dataclass

import peewee

from store.company.channels import Channel
from store.kernel import clock, db, events
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.people import customers, identities, merges
from store.people.customers import Customer


class Follow(Record):
    """One customer and one official account; `times` counts follows, so only the first is a welcome."""

    customer = peewee.ForeignKeyField(Customer)
    channel = peewee.ForeignKeyField(Channel)
    times = peewee.IntegerField(default=0)
    followed_at = Moment(null=True)
    unfollowed_at = Moment(null=True)
    scene = peewee.CharField(max_length=64, null=True)

    class Meta:
        indexes = ((("customer", "channel"), True),)


merges.carries(Follow.customer, merges.moved_unless_there("channel_id"))


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
        customer = union or customers.open_customer(source=source, shop_id=shop_id)
        identities.bind(customer, provider=identities.WECHAT, account=channel.appid, subject=openid)
        if not union:
            events.record(
                "fans.opened", customer_id=customer.id, shop_id=shop_id, channel_id=channel.id, source=source
            )
    if union and union.id != customer.id:
        customer = _join(union, customer)
    elif unionid and not union:
        identities.bind(customer, provider=identities.UNIONID, account=channel.open_group, subject=unionid)
    return customer


@db.verb
def follow(
    *, channel: Channel, openid: str, scene: str | None = None, shop_id: int | None = None
) -> Followed:
    """Record a follow; following again is recorded but is no first time."""
    customer = known(channel=channel, openid=openid, source="wechat_official", shop_id=shop_id)
    customer = customers.locked(customer.id)
    row = _row(customer, channel)
    first_time = row.times == 0
    row.times += 1
    row.followed_at, row.unfollowed_at = clock.now(), None
    row.scene = scene if first_time else row.scene
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
def unfollow(*, channel: Channel, openid: str) -> None:
    """Record that somebody left; somebody unknown, or gone already, changes nothing."""
    customer = identities.holder(provider=identities.WECHAT, account=channel.appid, subject=openid)
    if customer is None:
        return
    row = _row(customers.locked(customer.id), channel)
    if row.followed_at is None or row.unfollowed_at is not None:
        return
    row.put(unfollowed_at=clock.now())
    events.record("fans.unfollowed", customer_id=customer.id, channel_id=channel.id)


def _row(customer: Customer, channel: Channel) -> Follow:
    found = Follow.find(customer=customer.id, channel=channel.id)
    return found or Follow(customer=customer, channel=channel)


def _join(union: Customer, customer: Customer) -> Customer:
    """One unionid, two rows: the one with a verified phone stays, else the older."""
    with_phone = [row for row in (union, customer) if identities.phone_of(row)]
    if len(with_phone) == 2:
        return customer  # two verified phones are never joined without proof of both
    keep = with_phone[0] if with_phone else min(union, customer, key=lambda row: row.id)
    return merges.merge(keep=keep, lose=customer if keep is union else union, proof="unionid")
