"""What the browser test of bookings needs: `python -m tests.browser.seed_bookings TENANT STEP [ID]`.

`till` adds a till to shop S1. `remind` makes the reminder of an appointment due. `begin` lets an appointment begin an
hour ago. `request` leaves a request for tomorrow, of a service that is off by then.
"""

import json
import sys
from datetime import timedelta

import config
from bootstrap import bootstrap
from store.appointments import reminders, services, times
from store.appointments.tables import Appointment
from store.core import actors, clock
from store.customers import customers
from store.shops import shops
from store.tenants import business_days, registry
from store.tills import cashiers, terminals
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.browser.seed_till import PIN
from tests.support import booking_fixtures


def add_till() -> dict[str, str]:
    shop = shops.get_by_code("S1")
    secret = terminals.add(code="T8", name="八号台", shop=shop).secret
    cashiers.add(number="1118", name="小陈", pin=PIN, shop=shop)
    return {"secret": secret, "terminal": "T8", "store": shop.public_id, "store_name": shop.name}


def request() -> dict[str, str]:
    service = booking_fixtures.create_service(shops.get_by_code("S1"), name="到店面谈", needs_review=True)
    day = booking_fixtures.tomorrow()
    booking_fixtures.open_day(service, day)
    customer = customers.create_customer(source="h5")
    row = booking_fixtures.book(customer, service, booking_fixtures.moment(day, 10))
    services.change(service, {"is_on": False})
    return {"day": times.format_day(row.day)}


def remind() -> dict[str, int]:
    Appointment.update(remind_at=clock.now()).where(Appointment.state == "confirmed").execute()
    return {"count": reminders.remind_due()}


def begin() -> dict[str, int]:
    starts_at = clock.now() - timedelta(hours=1)
    changed = Appointment.update(
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), day=business_days.day_of(starts_at)
    ).where(Appointment.state == "confirmed")
    return {"count": changed.execute()}


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    steps = {"till": add_till, "remind": remind, "begin": begin, "request": request}
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="小陈")):
        sys.stdout.write(json.dumps(steps[sys.argv[2]]()) + "\n")
