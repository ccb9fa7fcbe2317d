"""A gift for following (关注有礼): points for the first follow of an account, once a person and account."""

from datetime import timedelta

from pydantic import Field

from store.company import calendar, settings
from store.kernel.events import Event
from store.loyalty import points
from store.loyalty.cost_centres import Payer
from store.people import members
from store.people.customers import Customer, survivor


class FollowGift(settings.Topic):
    """Points given for a first follow; 0 gives none. `cost_centre` pays for them."""

    points: int = Field(default=0, ge=0, le=10_000)
    valid_days: int = Field(default=365, ge=1, le=3650)
    cost_centre: Payer = None


def give(event: Event) -> None:
    """Reaction to `fans.followed`."""
    gift = settings.read(FollowGift)
    if not gift.points or not event.properties["first_time"]:
        return
    customer = survivor(Customer.get_by_id(event.customer_id))
    points.earn(
        member=members.of_customer(customer),
        kind="behaviour_increase",
        value=gift.points,
        key=f"follow:{event.channel_id}:{event.customer_id}",
        expires_at=calendar.end_of(calendar.today() + timedelta(days=gift.valid_days)),
        behaviour="follow",
        cost_centre=gift.cost_centre,
        source="wechat_official",
        reason="关注公众号",
    )
