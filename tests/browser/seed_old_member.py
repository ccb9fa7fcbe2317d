"""What a member did yesterday, made by operations: `python -m tests.browser.seed_old_member NUMBER`."""

import sys
from datetime import timedelta

import config
from bootstrap import bootstrap
from store import purchases
from store.core import clock
from store.customers import identities, members, phones
from store.customers.sms_codes import SmsCode
from store.shops import shops
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS

if __name__ == "__main__":
    settings = config.read()
    bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    with registry.use_tenant("walk"):
        holder = identities.find_by_phone(phones.normalize(sys.argv[1]))
        assert holder is not None, "register first"
        purchases.record(
            member=members.get_or_create(holder),
            order_number=f"old-{holder.id}",
            paid_fen=1990,
            shop_id=shops.get_by_code("S1").id,
            at=clock.now() - timedelta(days=1),
        )
        SmsCode.delete().execute()  # the next code of the phone is not asked for in the same minute
