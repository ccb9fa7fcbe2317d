"""Shares of activities (分享记录): who shared, and which friends came by it. One level deep, as the platform demands.

A friend counts once in an activity, for the first link. Records alone bring nothing: a chance for the sharer follows
only where the tenant has switched it on.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import peewee

from store.activities.activities import Activity
from store.activities.settings import ActivitySettings
from store.core import clock, errors, listing
from store.core.database import db
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.core.events import Event
from store.core.listing import Page
from store.customers import customers, member_scope, members
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.draws import chances
from store.tenants import business_days, settings

ATTRIBUTION_PERIOD = timedelta(days=30)  # a follow or registration after the visit counts for as long


class Share(Model):
    """The link of a member for an activity. `code` is its part that names the sharer."""

    activity = peewee.ForeignKeyField(Activity, index=False)
    member = peewee.ForeignKeyField(Member, index=False)
    code = peewee.CharField(max_length=16, unique=True)
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        table_name = "activity_share"
        indexes = ((("activity", "member"), False), (("member",), False))


class ShareVisit(Model):
    """A friend who opened a share, and when the friend began to follow and registered after that."""

    share = peewee.ForeignKeyField(Share, backref="visits")
    activity = peewee.ForeignKeyField(Activity, index=False)
    customer = peewee.ForeignKeyField(Customer)
    day = DateField()
    opened_at = UtcDateTimeField(default=clock.now)
    followed_at = UtcDateTimeField(null=True)
    joined_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "activity_share_visit"
        indexes = ((("activity", "customer"), True),)


merge_rules.register_rule(Share.member)
merge_rules.register_rule(ShareVisit.customer, merge_rules.move_or_drop_duplicates("activity"))


@dataclass(frozen=True)
class ShareFigures:
    """How many friends opened the links of a member, began to follow and registered."""

    member: Member
    opened: int
    followed: int
    joined: int


def get_or_create_share(activity: Activity, customer: Customer) -> Share:
    """Return the share of a customer for an activity, which is created if needed."""
    member = members.get_or_create(customer)
    return _find_share(activity, member) or _create_share(activity, member)


def find_code(activity: Activity, customer: Customer) -> str | None:
    """Return the code of a customer's share of an activity, or None without one."""
    member = members.find_active(customer)
    share = _find_share(activity, member) if member is not None else None
    return share.code if share is not None else None


@db.transactional
def record_visit(*, activity: Activity, customer: Customer, code: str) -> ShareVisit | None:
    """Record that a friend opened a share. Idempotent: a friend counts once in an activity.

    Returns None for the sharer's own visit. Raises DomainError(not_found) for an unknown share.
    """
    share = Share.find(code=code)
    if share is None or share.activity_id != activity.id:
        raise errors.not_found("该分享")
    sharer = members.lock(share.member_id)
    friend = customers.survivor(customer)
    if sharer.customer_id == friend.id:
        return None
    db.advisory_lock(f"share visit:{activity.id}:{friend.id}")
    found = _find_existing(activity, friend)
    if found is not None:
        return found
    made = ShareVisit.create(share=share, activity=activity, customer=friend, day=business_days.today())
    _reward(activity, sharer, made)
    return made


def record_follow(event: Event) -> None:
    """Record the first follow of a friend who came by a share."""
    if event.properties["first_time"]:
        _mark(event, "followed_at")


def record_registration(event: Event) -> None:
    """Record the registration of a friend who came by a share."""
    _mark(event, "joined_at")


def list_page(
    activity: Activity, page: Page, *, shop_ids: frozenset[int] | None = None
) -> tuple[list[ShareVisit], int]:
    """Return a page of the visits of an activity with their sharers, the latest first, and the number of all.

    `shop_ids` are the shops whose members the caller sees as sharers, None for all.
    """
    mine = ShareVisit.select().join(Share).where(ShareVisit.activity == activity.id)
    if shop_ids is not None:
        mine = mine.where(Share.member.in_(member_scope.select_member_ids(shop_ids)))
    rows = ShareVisit.select(ShareVisit, Share, Member).join(Share).join(Member)
    return listing.read_page(
        mine,
        page,
        sorts={"opened_at": ShareVisit.id},
        default="-opened_at",
        id_field=ShareVisit.id,
        rows=rows,
    )


def count_of(activity: Activity, member: Member) -> ShareFigures:
    """Return what the shares of a member for an activity have brought."""
    share_ids = [row.id for row in Share.find_all(activity=activity.id, member=member.id)]
    visits: Sequence[ShareVisit] = [row for key in share_ids for row in ShareVisit.find_all(share=key)]
    return ShareFigures(
        member=member, opened=len(visits), followed=sum(row.followed_at is not None for row in visits),
        joined=sum(row.joined_at is not None for row in visits),
    )  # fmt: skip


def _reward(activity: Activity, sharer: Member, visit: ShareVisit) -> None:
    """Grant the sharer the chances of a friend's visit, if the tenant allows it and the day's limit is not reached."""
    content = activity.content
    if not content.share_chances or not settings.read(ActivitySettings).share_chances_on:
        return
    if activity.state != "running" or sharer.is_closed:
        return
    if chances.count_granted_on(activity, sharer, "share", visit.day) < content.share_friends_per_day:
        chances.grant(
            activity=activity,
            member=sharer,
            source="share",
            quantity=content.share_chances,
            key=f"share:{visit.id}",
        )


def _mark(event: Event, name: str) -> None:
    if event.customer_id is None:
        return
    since = clock.now() - ATTRIBUTION_PERIOD
    friend = customers.survivor(Customer.get_by_id(event.customer_id))
    for visit in ShareVisit.find_all(customer=friend.id):
        if getattr(visit, name) is None and visit.opened_at > since:
            visit.update_fields(**{name: event.at})


@db.transactional
def _create_share(activity: Activity, member: Member) -> Share:
    owner: Any = members.lock(member.id)
    found = _find_share(activity, owner)
    return found or Share.create(activity=activity, member=owner, code=secrets.token_hex(8))


def _find_share(activity: Activity, member: Member) -> Share | None:
    return min(
        Share.find_all(activity=activity.id, member=member.id), key=lambda row: int(row.id), default=None
    )


def _find_existing(activity: Activity, customer: Customer) -> ShareVisit | None:
    """Return the visit that counts for a friend, or None."""
    return ShareVisit.find(activity=activity.id, customer=customer.id)
