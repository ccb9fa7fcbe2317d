"""What the browser test of red packets needs: `python -m tests.browser.seed_red_packets TENANT PHONE`.

The merchant gives red packets. Prints the card of the member with this phone, and the key of the merchant, as JSON.
"""

import json
import sys

import config
from bootstrap import bootstrap
from store.core import actors
from store.customers import identities, members, phones
from store.payments import merchants
from store.red_packets import accounts
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS


def seed_red_packets(phone: str) -> dict[str, str]:
    """Let the merchant of the sandbox give red packets."""
    merchant = next(row for row in merchants.list_merchants() if row.platform == "wechat_pay")
    accounts.save(merchant.key, way="red_packet", send_name="小二便利")
    customer = identities.find_by_phone(phones.normalize(phone))
    assert customer is not None
    return {"card": members.get_or_create(customer).card_number, "merchant": merchant.key}


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="王店长")):
        sys.stdout.write(json.dumps(seed_red_packets(sys.argv[2])) + "\n")
