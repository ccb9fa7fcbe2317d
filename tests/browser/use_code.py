"""What a till does with a scanned code: `python -m tests.browser.use_code CODE`, with 110 yuan topped up before."""

import sys

import config
from bootstrap import bootstrap
from store.core import actors, numbers
from store.coupons import coupons
from store.coupons import redemptions as coupon_redemptions
from store.customers import identities, member_codes, members, phones
from store.stored_value import authorization as stored_value_authorization
from store.stored_value import payments as stored_value_payments
from store.stored_value import top_up_payments
from store.tenants import registry
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.support import coupon_fixtures


def use_code(code: str) -> None:
    """Pay 12.50 yuan by a payment code, identify by a member code, redeem a coupon, or top up 110 yuan by phone."""
    kind = numbers.find_kind(code)
    if kind == "payment_code":
        proof, member = stored_value_authorization.authorize_by_payment_code(code=code, till="t")
        stored_value_payments.spend(
            member=member, amount_fen=1_250, key=f"till:{member.id}", payment_authorization=proof
        )
    elif kind == "member_code":
        member_codes.identify(code=code, till="t", key=code)
    elif kind == "coupon":
        coupon = coupons.get_by_code(code)
        coupon_redemptions.redeem(
            member=coupon.member, codes=[code], basket=coupon_fixtures.make_basket(), order_number=coupon.code
        )
    else:
        holder = identities.find_by_phone(phones.normalize(code))
        assert holder is not None, "register first"
        member = members.get_or_create(holder)
        for number in range(2):  # too little for a bonus
            top_up_payments.take_cash(member=member, amount_fen=5_500, key=f"r-{member.id}-{number}")


if __name__ == "__main__":
    settings = config.read()
    bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    with registry.use_tenant("walk"), actors.acting_as(actors.Actor(kind="staff", name="小李")):
        use_code(sys.argv[1])
