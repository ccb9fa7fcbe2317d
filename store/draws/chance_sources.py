"""Sources of chances (获得抽奖次数): what customers do in a shop, and replies of an official account.

Subscribers of events. Each grant has a key of its own, so a repeated event grants nothing.
"""

from collections.abc import Iterator, Sequence

from store.activities import activities
from store.activities.activities import Activity
from store.activities.settings import ActivitySettings
from store.core.errors import DomainError
from store.core.events import Event
from store.customers import members
from store.customers.customers import Customer, survivor
from store.draws import chances
from store.draws.chances import ChanceGrant
from store.tenants import business_days, settings

MAX_PURCHASES_PER_DAY = 10  # of one member that bring chances


def grant_for_scan(event: Event) -> None:
    """Grant the chances of a scan of a shop's code, once a day.

    A scan by which a person begins to follow counts as a follow, which brings chances only where that is allowed.
    """
    if event.properties["code_kind"] != "shop" or event.properties["by_follow"] or event.customer_id is None:
        return
    customer, today = _read_customer(event), business_days.today()
    for activity in _list_open(event.shop_id):
        quantity = activity.content.scan_chances
        if quantity:
            member = members.get_or_create(customer)
            key = f"scan:{activity.id}:{event.customer_id}:{today}"
            chances.grant(activity=activity, member=member, source="scan", quantity=quantity, key=key)


def grant_for_purchase(event: Event) -> None:
    """Grant the chances of a paid order that is worth enough, of at most ten orders a day."""
    if event.member_id is None:
        return
    spent_fen = _spent_fen(event)
    for activity in _list_open(event.shop_id):
        content = activity.content
        if content.purchase_chances and spent_fen >= max(content.purchase_min_fen, 1):
            _grant_purchase(activity, event)


def grant_for_purchases(some: Sequence[Event]) -> None:
    """Grant the chances of many paid orders."""
    if any(activity.content.purchase_chances for activity in activities.list_running()):
        for event in some:
            grant_for_purchase(event)


def grant_for_follow(event: Event) -> None:
    """Grant the chances of a first follow, where the tenant allows it."""
    if not event.properties["first_time"] or not settings.read(ActivitySettings).follow_chances_on:
        return
    customer = _read_customer(event)
    for activity in activities.list_running():
        quantity = activity.content.follow_chances
        if quantity:
            member = members.get_or_create(customer)
            key = f"follow:{activity.id}:{event.channel_id}:{event.customer_id}"
            chances.grant(activity=activity, member=member, source="follow", quantity=quantity, key=key)


def grant_by_reply(
    *, activity_public_id: str, customer: Customer, quantity: int, by_follow: bool
) -> ChanceGrant:
    """Grant chances by a reply of an official account, once a day, or once in all to a new follower.

    Raises DomainError: not_found, follow_rule, activity_paused, activity_ended, activity_not_started.
    """
    activity = activities.get_published(activity_public_id)
    activities.ensure_running(activity)
    if by_follow and not settings.read(ActivitySettings).follow_chances_on:
        raise DomainError("follow_rule", "未开启关注得抽奖次数", 409)
    member = members.get_or_create(customer)
    occasion = "follow" if by_follow else business_days.today().isoformat()
    return chances.grant(
        activity=activity, member=member, source="follow" if by_follow else "reply", quantity=quantity,
        key=f"reply:{activity.id}:{customer.id}:{occasion}",
    )  # fmt: skip


def _grant_purchase(activity: Activity, event: Event) -> None:
    member = members.lock(event.member_id or 0)
    key = f"purchase:{activity.id}:{event.key}"
    done = chances.count_granted_on(activity, member, "purchase", business_days.today())
    if done < MAX_PURCHASES_PER_DAY or ChanceGrant.find(key=key) is not None:
        quantity = activity.content.purchase_chances
        chances.grant(activity=activity, member=member, source="purchase", quantity=quantity, key=key)


def _list_open(shop_id: int | None) -> Iterator[Activity]:
    return (row for row in activities.list_running() if activities.is_in_shop(row, shop_id))


def _read_customer(event: Event) -> Customer:
    return survivor(Customer.get_by_id(event.customer_id))


def _spent_fen(event: Event) -> int:
    """Return what was received for the goods of a paid order."""
    lines = event.properties.get("lines", ())
    spends = ((line.get("spend_fen"), line.get("paid_fen", 0)) for line in lines)
    return sum(paid if spend is None else spend for spend, paid in spends)
