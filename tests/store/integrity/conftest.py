"""A tenant with some history, for the checks of the verifier."""

from datetime import timedelta

from store import daily_close
from store.catalog import categories, shop_goods
from store.catalog import changes as product_changes
from store.check_ins import check_ins
from store.closings import closings, listings
from store.closings.closings import ClosingSettings
from store.core import clock
from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons import redemptions as coupon_redemptions
from store.customers import customers, followers, members, programmes, sms_codes
from store.customers.customers import Customer
from store.member_cards import pushing
from store.membership import phone_answers, phone_claims, registration
from store.official_accounts import qr_codes
from store.orders import returns
from store.orders.requests import ReturnLine, ReturnRequest
from store.payments import attempts, cash, merchants, payables, settlement
from store.physical_cards import application_steps, cards, replacements
from store.points import accrual as point_accrual
from store.points import expiry as point_expiry
from store.points import order_accrual as point_order_accrual
from store.points import payments as point_payments
from store.points import points
from store.points import reversals as point_reversals
from store.points import rules as point_rules
from store.red_packets import accounts as red_packet_accounts
from store.red_packets import red_packets
from store.red_packets import results as red_packet_results
from store.red_packets import sending as red_packet_sending
from store.reservations import follow_ups
from store.reservations import reservations as bulk_reservations
from store.service_desk import purchases
from store.service_desk import returns as desk_returns
from store.shop_orders import moves as shop_order_moves
from store.shops import favourites as shop_favourites
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.stock import changes as stock_changes
from store.stock import reservations
from store.stored_value import payments as stored_value_payments
from store.stored_value import top_up_payables, top_up_refunds, top_up_rules, top_ups
from store.stored_value.top_ups import TopUp
from store.tenants import business_days, channels, cost_centres, settings
from store.tiers import rules as tier_rules
from store.tiers import tiers
from tests.support import (
    booking_fixtures,
    card_fixtures,
    coupon_fixtures,
    draw_fixtures,
    flash_fixtures,
    order_fixtures,
    plastic_card_fixtures,
    promotion_fixtures,
    shop_order_fixtures,
    snapshots,
    stock_fixtures,
)


@snapshots.snapshot_fixture
def tenant_with_history() -> None:
    """Some life in acme: follows, a merge, check-ins, points both ways, a scan, a favourite."""
    shop = shops.create_shop(code="S1", name="一号店", location=Coordinates(121.47, 31.23))
    account = channels.get_by_key("acme-mp")
    mei, wang, qiang = (followers.follow(channel=account, openid=f"o{name}").customer for name in "mwq")
    followers.unfollow(channel=account, openid="oq")
    for person in (mei, wang):
        check_ins.check_in(customer=person, source="menu")
        _register(person)
    member = _join(mei, wang)
    points.adjust(member=member, value=100, reason="补登", key="plus")
    points.adjust(member=member, value=-3, reason="误登", key="minus")
    _purchase_and_return(member)
    _close_day_with_reminder(member)
    _expire_points(member)
    points.adjust(member=members.get_or_create(qiang), value=7, reason="补登", key="qiang")
    code = qr_codes.create(channel=account, kind="shop", target=shop.public_id, name="门口")
    qr_codes.count_scan(channel=account, scene=code.scene, customer_id=mei.id, by_follow=False)
    shop_favourites.add(customer=customers.survivor(mei), shop=shop)
    _create_stored_value_history(member)
    _coupons(member)
    _payments()
    _red_packets(member)
    _orders(member, shop)
    _stock(shop)
    _shop_orders(member, shop)
    _promotions(shop)
    _flash_sale(member, shop)
    _bookings(member, shop)
    _goods(shop)
    _draws(member)
    _cards(qiang)
    _plastic_cards(coupon_fixtures.create_member(8))
    _close_membership(followers.follow(channel=account, openid="ol").customer)
    programmes.create_programme(code="second", name="另一个计划")


def _draws(member: members.Member) -> None:
    """A lucky draw whose only prizes are red packets out of a budget, of which one was won."""
    budget = draw_fixtures.create_budget()
    prizes = [draw_fixtures.PACKET]
    activity = draw_fixtures.create_running(total_draws=2, prizes=prizes, budget=budget.public_id)
    draw_fixtures.draw(activity, member)


def _cards(holder: Customer) -> None:
    """A card that shows the ledgers, and one that was given to a friend."""
    template = card_fixtures.make_live_template(activations=("auto",), can_gift=True)
    card = card_fixtures.receive("oq", "code1")
    for claimed in pushing.claim("wechat"):
        request = pushing.prepare(claimed)
        assert request is not None
        pushing.finish(request)
    card_fixtures.receive("ogiver", "code2")
    card_fixtures.receive("ofriend", "code3", old_code="code2")
    assert (card.template.template, card.member.customer) == (template, holder)


def _plastic_cards(member: members.Member) -> None:
    """A plastic card that was replaced, another one in the mail, a stock with a code, a slip with a return."""
    kind, _ = plastic_card_fixtures.create_kinds()
    plastic_card_fixtures.import_stock(kind)
    old = cards.bind(member=member, kind=kind, key="card")
    new = replacements.replace(member=member, number=old.number, new_number=None, key="card-2")
    row = application_steps.approve(plastic_card_fixtures.apply(member, purpose="replacement"))
    application_steps.mail(row, courier="顺丰", tracking_number="SF1")
    assert new.state == "active"
    slip = {"slip_number": "S-1", "amount_fen": 1_000, "paid_at": clock.now(), "kind": "double"}
    purchases.enter(member=member, values=slip)
    back = {"slip_number": "S-1", "refund_slip_number": "R-1", "refunded_fen": 300}
    desk_returns.enter(member=member, values=back)


def _goods(shop: shops.Shop) -> None:
    """A product that the shop sells."""
    tea = product_changes.create_product(
        code="P1", name="龙井", category=categories.create_category(code="C1", name="茶"),
        skus=[{"code": "P1", "list_price_fen": 100}],
    )  # fmt: skip
    shop_goods.take_over(shop, [product_changes.publish(tea)])


def _orders(member: members.Member, shop: shops.Shop) -> None:
    """An order paid with stored value, points and cash, of which a unit came back, and one that waits."""
    order = order_fixtures.place(
        shop, order_fixtures.line(500, 2), member=member, points=10, stored_value_fen=100
    )
    order_fixtures.pay_cash(order, 300)
    order_fixtures.pay_cash(order)
    returns.give_back(
        request=ReturnRequest(number="R1", order_number=order.number, lines=(ReturnLine("1", units=1),))
    )
    order_fixtures.place(shop, order_fixtures.line(500), member=member, points=10)


def _shop_orders(member: members.Member, shop: shops.Shop) -> None:
    """An order of the shop that is paid and accepted."""
    tea = shop_order_fixtures.publish_sku(shop, "T1")
    row = shop_order_fixtures.submit(shop, member, (tea, 1), points=10)
    order_fixtures.pay_cash(row.order)
    shop_order_moves.accept(number=row.order.number)


def _flash_sale(member: members.Member, shop: shops.Shop) -> None:
    """A flash sale of which an order holds a unit."""
    sku = shop_order_fixtures.publish_sku(shop, "flash", name="抢购的茶", stock=5)
    sale = flash_fixtures.create_running(
        shop, {"sku": sku.code, "price_fen": 500, "quantity": 3, "limit": 1}, takes_promotions=True
    )
    flash_fixtures.buy(shop, member, flash_fixtures.item_of(sale))


def _promotions(shop: shops.Shop) -> None:
    """A special price with a limit and a quantity, of which an order has two units."""
    sku = shop_order_fixtures.publish_sku(shop, "T2")
    row = {"product": "P-T2", "price_fen": 500, "quantity": 5}
    promotion_fixtures.run({"kind": "special_price", "prices": [row]}, limit_per_member=2)
    shop_order_fixtures.submit(shop, coupon_fixtures.create_member(9), (sku, 2))


def _bookings(member: members.Member, shop: shops.Shop) -> None:
    """An appointment, a ticket of the queue, and a reservation that is followed up."""
    customer = members.survivor(member).customer
    service = booking_fixtures.create_service(shop)
    booking_fixtures.open_day(service, booking_fixtures.tomorrow())
    booking_fixtures.book(customer, service, booking_fixtures.moment(booking_fixtures.tomorrow(), 10))
    booking_fixtures.take(booking_fixtures.create_type(shop), customer)
    row = bulk_reservations.submit(
        customer=customer, shop=shop, values=booking_fixtures.PERSON, key="history"
    )
    follow_ups.follow_up(
        row, state="following", note="已联系", is_shown=True, expected_state="submitted", key="history"
    )


def _stock(shop: shops.Shop) -> None:
    """Tea that one order has bought and returned in part, one reserves, and one gave up; and a count."""
    sku = stock_fixtures.create_sku()
    stock_fixtures.receive(shop, sku, 9)
    stock_changes.count(shop=shop, sku=sku, counted=8, key="count")
    for number in ("bought", "waiting", "closed"):
        stock_fixtures.reserve(shop, number, (sku, 3 if number == "bought" else 2))
    reservations.release_units(order_number="bought", lines=[reservations.StockLine(sku.id, 1)], key="R0")
    reservations.commit("bought")
    reservations.give_back(order_number="bought", lines=[reservations.StockLine(sku.id, 1)], key="R1")
    reservations.release("closed")


def _close_membership(leaver: customers.Customer) -> None:
    """A membership that ended, with a principal that no top-up can refund any more."""
    row = top_ups.request(member=members.get_or_create(leaver), amount_fen=2_000, key="a-2")
    top_up_payables.take(row.number, attempt_number="p2", kind="wechat_web", amount_fen=2_000)
    TopUp.update(paid_at=clock.now() - timedelta(days=500)).where(TopUp.number == row.number).execute()
    settings.change(ClosingSettings, waiting_days=0)
    closings.request(
        customer=leaver, listing_version=listings.build(leaver).version, channel="wechat_official"
    )
    closings.finish_due(business_days.today())


def _create_stored_value_history(member: members.Member) -> None:
    """Stored value topped up with a bonus, spent and returned in part, held, and asked back in part."""
    steps = [{"amount_fen": 10_000, "bonus_fen": 1_000}]
    top_up_rules.add(code="summer", name="充100送10", steps=steps)
    row = top_ups.request(member=member, amount_fen=10_000, key="a-1")
    top_up_payables.take(row.number, attempt_number="p1", kind="wechat_web", amount_fen=10_000)
    stored_value_payments.spend(member=member, amount_fen=1_100, key="o-1")
    stored_value_payments.refund_by_key(key="o-1", amount_fen=500, refund_key="r-1")
    stored_value_payments.hold(member=member, amount_fen=1_100, order_number="o-2")
    top_up_refunds.request(number=row.number, amount_fen=1_000, key="t-1", reason="顾客要求")


def _purchase_and_return(member: members.Member) -> None:
    """Ten yuan earn ten points; one piece of three comes back."""
    centre = cost_centres.create(code="marketing", name="市场部")
    gold = tiers.list_tiers(member.programme_id)[0]
    rule = tier_rules.TierRule(tier=gold, basis="purchases", window_days=365, at_least=9)
    tier_rules.replace(programme=member.programme, rules=[rule])
    point_rules.add_rule(
        group=points.list_groups(member.programme)[0], name="消费积分", basis="amount", points=1, per_units=100,
        cost_centre=centre,
    )  # fmt: skip
    line = point_accrual.OrderLine(line="1", product="milk", quantity=3, paid_fen=1000)
    order = point_order_accrual.PaidOrder(
        number="order", paid_at=clock.now(), lines=(line,), payments=(point_accrual.Payment("cash", 1000),)
    )
    point_order_accrual.post_order(member=member, order=order)
    point_payments.hold(member=member, order_number="next", points=5, amount_fen=5, limit_fen=100)
    back = point_reversals.ReturnedLine(line="1", numerator=1, denominator=3)
    point_order_accrual.post_return(order_number="order", number="return", lines=[back], refunded_fen=333)


def _expire_points(member: members.Member) -> None:
    """Two points that ended yesterday, and the daily close that took them."""
    today = business_days.today()
    points.earn(
        member=member, kind="promotion", value=2, key="short", expires_at=business_days.start_of(today)
    )
    point_expiry.expire(day=today - timedelta(days=1))


def _register(person: customers.Customer) -> members.Member:
    """All of them under one phone."""
    sms_codes.SmsCode.delete().execute()
    code = sms_codes.request(phone="+8613812345678", purpose="register", client_ip="")
    return registration.register_by_sms(phone="13812345678", code=code, source="h5", customer=person)


def _join(holder: customers.Customer, claimant: customers.Customer) -> members.Member:
    """The holder of the phone confirms that the other one is the same person."""
    claim = phone_claims.find_open(claimant)
    phone_answers.answer_as_holder(holder=holder, claim_id=claim.public_id, is_mine=True)
    return members.get_or_create(holder)


def _coupons(mei: members.Member) -> None:
    """One used by whom it was given to, one on its way to a friend, one lying there."""
    rule = coupon_fixtures.create_listed_rule(stock=9)
    first, second, _ = (coupons.issue(rule=rule, member=mei, key=key) for key in ("a", "b", "c"))
    _, token = coupon_gifts.create_gift(coupon=first, giver=mei)
    friend = coupon_fixtures.create_member(7)
    coupons.claim(rule=rule, member=friend, source="h5")
    coupon_gifts.accept(token=token, receiver=friend)
    coupon_redemptions.redeem(
        member=friend, codes=[first.code], basket=coupon_fixtures.make_basket(), order_number="O1"
    )
    coupon_gifts.create_gift(coupon=second, giver=mei)


def _payments() -> None:
    """Two payments by WeChat of which one brought too much, cash with change, and one that pends."""
    due_fen, installed = {"p": 1_600, "c": 500, "d": 800}, dict(payables._table)
    functions = payables.PayableFunctions(
        due_fen=due_fen.__getitem__, take=lambda number, row: min(row.paid_fen, 800), lock=lambda number: None
    )
    payables.install({"history": functions})
    merchant = merchants.add(
        platform="wechat_pay", name="商户", merchant_id="1900000109", app_id="wxd678efh567hg6787", key="acme-pay",
        credentials={
            "private_key_pem": "k", "certificate_serial": "1", "api_v3_keys": ["k" * 32], "public_keys": {"1": "k"},
        },
    )  # fmt: skip
    for key, fen in (("a", 1_000), ("b", 600), ("c", 500)):
        row = attempts.start(
            payable_kind="history", payable_number="p", kind="wechat_web", merchant=merchant, key=key,
            amount_fen=fen,
        )  # fmt: skip
        if key != "c":
            settlement.settle(settlement.Evidence(
                source="query", attempt_number=row.number, outcome="succeeded", merchant_id=merchant.id,
                platform_number=f"42{key}", amount_fen=fen,
            ))  # fmt: skip
    cash.record_cash(payable_kind="history", payable_number="d", received_fen=1_000, key="cash")
    payables.install(installed)


def _red_packets(member: members.Member) -> None:
    """One red packet that was received, one that went back, and one that is still to be sent."""
    red_packet_accounts.save("acme-pay", way="red_packet", send_name="小二便利")
    rows = [
        red_packets.request(
            customer=member.customer, amount_fen=100 + n, purpose="draw", key=f"win-{n}", title="抽奖", wishing="恭喜",
        )
        for n in range(3)
    ]  # fmt: skip
    for row, outcome in zip(rows, ("received", "returned"), strict=False):
        red_packet_sending.begin(row.number)
        red_packet_results.record_answer(number=row.number, outcome=outcome)


def _close_day_with_reminder(mei: members.Member) -> None:
    """Points that end in a week, of which the daily close reminds."""
    until = business_days.end_of(business_days.today() + timedelta(days=7))
    points.earn(member=mei, kind="promotion", value=5, key="week", expires_at=until)
    daily_close.close_open_days()
