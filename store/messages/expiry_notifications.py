"""Notifications (通知) of what will expire, through the accounts that members follow."""

from datetime import date

from store.core.events import Event
from store.messages import announcements, expiry_reminders
from store.points.ledger import PointGroup


def notify_points_expiring(event: Event) -> None:
    """Queue a message about points of a `points.ending_soon` event that still remain."""
    left, group = expiry_reminders.count_remaining(event), PointGroup.find(id=event.properties["group_id"])
    if left and group:
        announcements.queue_for_event(
            event, f"您有 {left} {group.name}将于 {_format_last_day(event)}到期，请尽快使用。"
        )


def notify_coupons_expiring(event: Event) -> None:
    """Queue a message about coupons of a `coupons.ending_soon` event that still remain."""
    left = expiry_reminders.count_remaining(event)
    if left:
        announcements.queue_for_event(
            event, f"您有 {left} 张优惠券将于 {_format_last_day(event)}到期，请尽快使用。"
        )


def _format_last_day(event: Event) -> str:
    day = date.fromisoformat(event.properties["day"])
    return f"{day.month}月{day.day}日"
