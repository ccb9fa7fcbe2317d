"""Appointments and the queue of the demo chain: a service of the first shop with open days, and two types of tables."""

from datetime import timedelta

from store.appointments import opening_days, services
from store.appointments.services import AppointmentService
from store.queues import queue_types
from store.shops import shops
from store.tenants import business_days

SERVICE = {
    "name": "茶艺体验", "description": "茶艺师讲解并冲泡三款茶", "duration_minutes": 60, "step_minutes": 60,
    "capacity": 2, "form": [{"label": "人数", "kind": "number", "is_required": True}],
}  # fmt: skip
WINDOWS = [{"opens": "10:00", "closes": "12:00"}, {"opens": "14:00", "closes": "20:00"}]
OPEN_DAYS = 30
QUEUE_TYPES = (
    {"letter": "A", "name": "小桌", "min_people": 1, "max_people": 4},
    {"letter": "B", "name": "大桌", "min_people": 5, "max_people": 12},
)


def seed_bookings() -> None:
    """Add a service and two types of tables to the first shop. Idempotent. What a user changed stays."""
    rows, _ = shops.list_shops(page_size=1)
    shop = rows[0]
    if AppointmentService.find(public_id="svc_demo-tea") is None:
        service = services.create(shop=shop, values=SERVICE, key="demo-tea")
        today = business_days.today()
        opening_days.open_days(
            service, [today + timedelta(days=at) for at in range(OPEN_DAYS)], windows=WINDOWS
        )
    known = {row.letter for row in queue_types.list_of_shop(shop.id)}
    for values in QUEUE_TYPES:
        if values["letter"] not in known:
            queue_types.create(shop=shop, values=values, key=f"demo-{values['letter']}")
