"""The staff of the browser tests of coupons: `python -m tests.browser.seed_console_coupons TENANT`.

Prints the sign-ins of an author and an approver, and the card of a member, as JSON.
"""

import json
import sys

import config
from bootstrap import bootstrap
from store.core import actors
from store.coupons import coupons, gifts, rule_list
from store.membership import registration
from store.staff import account_changes, accounts
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS

PASSWORD = "correct horse 7"
AUTHOR, APPROVER = "xiaoli", "laowang"
PHONE, GIVER, FRIEND = "13700000001", "13700000002", "13700000003"


def seed_coupon_staff() -> dict[str, str]:
    """Add an author and an approver with passwords, a member who is given a coupon, and a gift between two others."""
    for login, nickname in ((AUTHOR, "小李"), (APPROVER, "老王")):
        account = account_changes.add(login=login, role_keys=["admin"], nickname=nickname)
        accounts.set_password(account, password=PASSWORD)
    member = registration.register_at_desk(phone=PHONE)
    rule = next(row for row in rule_list.list_rules(state="listed") if row.terms.gift_hours)
    given = [coupons.claim(rule=rule, member=registration.register_at_desk(phone=GIVER), source="h5")]
    gift, token = gifts.create_gift(coupon=given[0], giver=given[0].member)
    gifts.accept(token=token, receiver=registration.register_at_desk(phone=FRIEND))
    return {"card": member.card_number, "gifted": gift.coupon.code}


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="王店长")):
        sys.stdout.write(json.dumps(seed_coupon_staff()) + "\n")
