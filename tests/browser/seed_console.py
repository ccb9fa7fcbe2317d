"""The staff and the members of the console's browser tests: `python -m tests.browser.seed_console TENANT`.

Prints the sign-ins of an administrator and of a colleague who approves, and the one-time link of a third one, as JSON.
"""

import json
import sys

import config
from bootstrap import bootstrap
from store.core import actors, events
from store.core.database import db
from store.core.events import EventDelivery
from store.membership import registration
from store.payments import merchants
from store.red_packets import accounts as red_packet_accounts
from store.shops import shops
from store.staff import account_changes, accounts, sign_in_links
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS

LOGIN, PASSWORD = "boss", "correct horse 7"
APPROVER = "auditor"
MEMBERS = 33
FIRST_PHONE = 13_900_000_001


def seed_console() -> dict[str, str]:
    """Add two administrators with passwords, members of two shops, and an account that gives red packets."""
    for login, nickname in ((LOGIN, "王店长"), (APPROVER, "赵经理")):
        account = account_changes.add(login=login, role_keys=["admin"], nickname=nickname)
        accounts.set_password(account, password=PASSWORD)
    chosen = [shops.get_by_code(code) for code in ("S1", "S4")]
    for number in range(MEMBERS):
        registration.register_at_desk(phone=str(FIRST_PHONE + number), shop_id=chosen[number % 2].id)
    add_dead_letter()
    merchant = next(row for row in merchants.list_merchants() if row.platform == "wechat_pay")
    red_packet_accounts.save(merchant.key, way="red_packet", send_name="小二便利")
    second = account_changes.add(login="second", role_keys=["admin"], nickname="李店长")
    return {
        "login": LOGIN,
        "approver": APPROVER,
        "password": PASSWORD,
        "link": sign_in_links.issue(second).path,
    }


@db.transactional
def add_dead_letter() -> None:
    """Add an event whose delivery has failed for good; its subscriber finds nothing to do when it is replayed."""
    event = events.record("coupons.ending_soon", rule="r1")
    EventDelivery.update(state="dead", attempts=5, error="ValueError: 平台没有响应").where(
        EventDelivery.event == event.id
    ).execute()


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="王店长")):
        sys.stdout.write(json.dumps(seed_console()) + "\n")
