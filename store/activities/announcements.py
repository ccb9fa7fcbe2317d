"""An announcement (通知): what members are told, by the accounts they follow, about what happened to them."""

from datetime import date

from store.activities import conversation
from store.activities.answers import Text
from store.kernel.events import Event
from store.loyalty import reminders
from store.loyalty.point_accounts import PointGroup
from store.people import customers, fans, identities
from store.people.customers import Customer


def points_end(event: Event) -> None:
    """Reaction to `points.ending_soon`: tell of what is still left of those points at this moment."""
    left, group = reminders.left(event), PointGroup.find(id=event.properties["group_id"])
    if left and group:
        _say(event, f"您有 {left} {group.name}将于 {_last_day(event)}到期，请尽快使用。")


def coupons_end(event: Event) -> None:
    """Reaction to `coupons.ending_soon`: the same for coupons."""
    left = reminders.left(event)
    if left:
        _say(event, f"您有 {left} 张优惠券将于 {_last_day(event)}到期，请尽快使用。")


def _last_day(event: Event) -> str:
    day = date.fromisoformat(event.properties["day"])
    return f"{day.month}月{day.day}日"


def _say(event: Event, text: str) -> None:
    """As a customer-service message, which the platform takes for 48 hours after the person's last word."""
    customer = customers.survivor(Customer.get_by_id(event.customer_id))
    for channel in fans.followed(customer):
        openid = identities.openid_of(customer, channel.appid)
        if openid:
            conversation.say_later(
                channel, openid=openid, said=[Text(text=text)], number=f"announcement:{event.id}"
            )
