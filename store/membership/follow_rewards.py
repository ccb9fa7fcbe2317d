"""Follow rewards (关注有礼): points for the first follow of an account, once per person and account."""

from datetime import timedelta

from pydantic import Field

from store.core.events import Event
from store.customers import members
from store.customers.customers import Customer, survivor
from store.points import points
from store.tenants import business_days, settings
from store.tenants.cost_centres import CostCentreCode


class FollowRewardSettings(settings.SettingsGroup, name="follow_reward"):
    """Points for a first follow; 0 means none. `cost_centre` pays for them."""

    points: int = Field(default=0, ge=0, le=10_000)
    valid_days: int = Field(default=365, ge=1, le=3650)
    cost_centre: CostCentreCode = None


def grant(event: Event) -> None:
    """Grant the points of a first follow."""
    gift = settings.read(FollowRewardSettings)
    if not gift.points or not event.properties["first_time"]:
        return
    customer = survivor(Customer.get_by_id(event.customer_id))
    points.earn(
        member=members.get_or_create(customer),
        kind="behaviour_increase",
        value=gift.points,
        key=f"follow:{event.channel_id}:{event.customer_id}",
        expires_at=business_days.end_of(business_days.today() + timedelta(days=gift.valid_days)),
        behaviour="follow",
        cost_centre=gift.cost_centre,
        source="wechat_official",
        reason="关注公众号",
    )
