"""The staff of the browser tests of coupons: `python -m tests.browser.seed_console_coupons TENANT`.

Prints the sign-ins of an author and an approver, and the card of a member, as JSON.
"""

import json
import sys

import config
from bootstrap import bootstrap
from store.core import actors
from store.membership import registration
from store.staff import account_changes, accounts
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS

PASSWORD = "correct horse 7"
AUTHOR, APPROVER = "xiaoli", "laowang"
PHONE = "13700000001"


def seed_coupon_staff() -> dict[str, str]:
    """Add an author and an approver with passwords, and a member who is given a coupon."""
    for login, nickname in ((AUTHOR, "小李"), (APPROVER, "老王")):
        account = account_changes.add(login=login, role_keys=["admin"], nickname=nickname)
        accounts.set_password(account, password=PASSWORD)
    return {"card": registration.register_at_desk(phone=PHONE).card_number}


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="王店长")):
        sys.stdout.write(json.dumps(seed_coupon_staff()) + "\n")
