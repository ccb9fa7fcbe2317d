"""Settings of orders (订单设置): how long an order waits for money, and when it counts."""

from typing import Literal

from pydantic import Field

from store.tenants import settings

Moment = Literal["paid", "completed"]


class OrderSettings(settings.SettingsGroup, name="orders"):
    """`payment_minutes` is how long an order waits for its money, at the till `till_minutes`.

    `attach_days` is for how long a paid order still counts for a member who is attached later. `reopen_overdue` lets
    money that arrives late reopen an order that time-out closed, if everything can be held again. The others say when
    an order of a kind earns points and counts as spend.
    """

    payment_minutes: int = Field(default=30, ge=1, le=10_080)
    till_minutes: int = Field(default=30, ge=1, le=10_080)
    attach_days: int = Field(default=30, ge=0, le=365)
    reopen_overdue: bool = False
    till_counts_when: Moment = "paid"
    dine_in_counts_when: Moment = "paid"
    pickup_counts_when: Moment = "completed"
    delivery_counts_when: Moment = "completed"
    takeaway_counts_when: Moment = "completed"
    import_counts_when: Moment = "paid"


class FulfilmentSettings(settings.SettingsGroup, name="fulfilment"):
    """How the shop takes orders: accepted by hand or by itself, and what happens when no one acts.

    Staff are reminded after `remind_after_minutes`; `refund_after_minutes` after an order was placed it is refused
    and refunded by itself. A customer is reminded of goods that are ready after the days of both reminders, 0
    for none. What was shipped counts as received after `receive_after_days`, what was received is completed after
    `complete_after_days`.
    """

    accept_by_itself: bool = False
    remind_after_minutes: int = Field(default=10, ge=1, le=1_440)
    refund_after_minutes: int = Field(default=120, ge=2, le=10_080)
    first_reminder_days: int = Field(default=1, ge=0, le=60)
    second_reminder_days: int = Field(default=3, ge=0, le=60)
    receive_after_days: int = Field(default=10, ge=1, le=60)
    complete_after_days: int = Field(default=7, ge=0, le=60)

    @property
    def pickup_reminder_days(self) -> tuple[int, ...]:
        """Return after how many days a customer is reminded, without those that are 0."""
        return tuple(days for days in (self.first_reminder_days, self.second_reminder_days) if days)


def counts_when(kind: str) -> Moment:
    """Return whether an order of a kind counts when it is paid or when it is completed."""
    moment: Moment = getattr(settings.read(OrderSettings), f"{kind}_counts_when")
    return moment


def payment_minutes(kind: str) -> int:
    """Return how many minutes an order of a kind waits for its money."""
    rules = settings.read(OrderSettings)
    return rules.till_minutes if kind == "till" else rules.payment_minutes
