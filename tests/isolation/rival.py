"""The rival company as a stranger may have heard of it: what it knows, and how its records are compared."""

from datetime import UTC, datetime
from types import SimpleNamespace

from miniprogram_api import points as points_door
from store.activities import menus, qr_codes
from store.company import channels, tenants
from store.kernel.events import Event
from store.loyalty import (
    accrual,
    accruals,
    check_ins,
    cost_centres,
    coupon_batches,
    coupon_gifts,
    coupon_uses,
    coupons,
    memberships,
    payment_codes,
    point_payments,
    point_rules,
    points,
    stored_values,
    tier_rules,
    tiers,
    top_up_payments,
    top_up_refunds,
    top_up_rules,
    top_ups,
    value_managers,
    value_spends,
)
from store.loyalty.payment_codes import PaymentCode
from store.loyalty.top_ups import TopUp
from store.people import codes, fans, identities, members, merges, profiles, programmes, sessions
from store.people.codes import SmsCode
from store.shop import favourites, shops
from store.shop.places import Place
from tests import world
from tests.store.loyalty import coupon_world

PHONE = "+8613900139000"
ORDER = accruals.PaidOrder(
    number="rival-order",
    paid_at=datetime(2026, 11, 1, tzinfo=UTC),
    lines=(accrual.OrderLine(line="1", product="milk", quantity=1, paid_fen=1000),),
    payments=(accrual.Payment("cash", 1000),),
)
DENIED = {401, 403, 404}  # what a stranger is answered


def laid_out() -> SimpleNamespace:
    """The rival's rows, and names by which a stranger may have heard of them."""
    with tenants.using("rival"):
        mini, official = channels.of_key("rival-mini"), channels.of_key("rival-mp")
        for number in range(20):
            fans.known(channel=mini, openid=f"earlier-{number}", source="wechat_miniprogram")
            shops.open_shop(code=f"R{number}", name=f"旧店{number}", place=Place(121.4, 31.2))
        customer = fans.known(
            channel=mini, openid="rival-openid", source="wechat_miniprogram", unionid="rival-union"
        )
        memberships.register_by_platform(phone=PHONE, source="wechat_miniprogram", customer=customer)
        profiles.change(customer, name="对门的客人", id_number="11010519491231002X")
        check_ins.check_in(customer=customer, source="wechat_miniprogram")
        fans.follow(channel=official, openid="rival-follower")
        code = codes.ask(phone=PHONE, purpose="register", address="")
        shop = shops.open_shop(code="rival-shop", name="对门超市", place=Place(121.4737, 31.2304))
        favourites.add(customer=customer, shop=shop)
        menus.save(official, {"button": [{"type": "click", "name": "签到", "key": "check_in"}]})
        member = members.of_customer(customer)
        top_up_rule = top_up_rules.add(
            code="rival-rule", name="充100送10", steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}]
        )
        top_up = top_ups.ask(member=member, amount_fen=10_000, channel="wechat", key="rival-top-up")
        top_up_payments.confirm(
            number=top_up.number, channel="wechat", platform_number="rival-4200", amount_fen=10_000
        )
        value_spends.hold(member=member, amount_fen=100, key="rival-held")
        value_managers.appoint(shop_id=shop.id, phone=PHONE)
        payment_code = payment_codes.show(member=member).code
        group = points.groups(member.programme)[0]
        centre = cost_centres.open_cost_centre(code="rival-centre", name="对门")
        rule = point_rules.add(
            group=group, name="消费积分", basis="amount", points=1, per=100, cost_centre=centre
        )
        multiplier = point_rules.multiply(
            group=group, name="生日", occasion="birthday_day", percent=200, cost_centre=centre
        )
        gold = tiers.listing(member.programme_id)[0]
        (tier_rule,) = tier_rules.replace(
            programme=member.programme,
            rules=[tier_rules.TierRule(tier=gold, basis="spend", window_days=365, at_least=100)],
        )
        accruals.book(member=member, order=ORDER)
        point_payments.hold(member=member, order_number="rival-order", value=2, total_fen=100)
        points.spend(member=member, kind="gift_redemption", value=2, key="rival-gift")
        coupon_rule = coupon_world.listed()
        coupon, given = (coupons.issue(rule=coupon_rule, member=member, key=key) for key in ("kept", "given"))
        gift, gift_token = coupon_gifts.offer(coupon=given, giver=member)
        batch = coupon_batches.open_batch(number="rival-batch", rule=coupon_rule, member_ids=[member.id])
        coupon_uses.hold(
            member=member, codes=[coupon.code], basket=coupon_world.basket(), order_number="rival-order"
        )
        twin = fans.follow(channel=official, openid="rival-twin").customer
        merges.merge(keep=customer, lose=twin, proof="test")
        return SimpleNamespace(
            merge=merges.listing()[0],
            coupon_rule=coupon_rule,
            coupon=coupon,
            gift=gift,
            gift_token=gift_token,
            batch=batch,
            order=ORDER,
            tier=gold,
            tier_rule=tier_rule,
            tier_record=tiers.of(member),
            rule=rule,
            cost_centre=centre,
            mini=mini,
            official=official,
            customer=customer,
            member=member,
            account=points.accounts(member)[0],
            entry=points.entries(points.accounts(member)[0], limit=1)[0],
            point_entry=points_door._name(points.entries(points.accounts(member)[0], limit=1)[0].id),
            multiplier=multiplier,
            top_up_rule=top_up_rule,
            group=group,
            programme=programmes.main(),
            shop=shop,
            phone=PHONE,
            sms_code=code,
            sms_row=SmsCode.get(),
            identity=identities.of(customer, identities.PHONE)[0],
            token=sessions.open_session(customer=customer, channel_id=mini.id),
            qr_code=qr_codes.design(channel=official, kind="shop", target=shop.public_id, name="门口"),
            publication=menus.ask_publish(official),
            top_up=TopUp.get_by_id(top_up.id),
            top_up_refund=top_up_refunds.ask(
                number=top_up.number, amount_fen=1_000, key="rival-refund", reason="顾客要求"
            ),
            value_account=stored_values.of(member),
            value_spend=value_spends.spend(member=member, amount_fen=100, key="rival-spent"),
            payment_code=payment_code,
            payment_code_row=PaymentCode.get(),
            event=Event.select().where(Event.kind == "fans.followed").get(),
        )


def rivals_rows() -> dict[str, list[tuple]]:
    """All rows but the counts of who knocked, which are made to be written by strangers."""
    with tenants.using("rival"):
        return {table: rows for table, rows in world.dump().items() if table != "limit"}
