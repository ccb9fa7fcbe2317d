"""Worked examples of the programme's rules, each with its numbers.

Milk earns one point a yuan, tea earns none; 100 points pay one yuan, at most half of an order.
"""

from datetime import timedelta

import pytest
import time_machine

from store.core import clock, outbox
from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons import redemptions as coupon_redemptions
from store.customers import members
from store.customers.members import Member
from store.customers.merging import merges
from store.points import expiry as point_expiry
from store.points import order_events as point_order_events
from store.points import payments as point_payments
from store.points import points
from store.points import rules as point_rules
from store.points.accrual import OrderLine, Payment
from store.points.ledger import LotAllocation, PointEntry, PointLot
from store.points.order_accrual import PaidOrder
from store.points.order_events import ReturnedOrder
from store.points.payments import PointPaymentSettings
from store.points.reversals import PointReversal, ReturnedLine
from store.tenants import cost_centres, settings
from store.tiers import evaluation as tier_evaluation
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.rules import TierRule
from store.tiers.validity import Validity
from tasks import relay
from tests.support import coupon_fixtures
from tests.support.member_fixtures import end_of_day

pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture(autouse=True)
def programme(mei):
    """Points for milk last 30 days; growth for milk counts for tiers and does not end."""
    centre = cost_centres.create(code="marketing", name="市场部")
    for group, valid, eligible in zip(
        points.list_groups(mei.programme), (Validity(days=30), Validity()), (False, True), strict=True
    ):
        point_rules.add_rule(
            group=group, name=group.name, basis="amount", points=1, per_units=100, product="milk", cost_centre=centre,
            validity=valid, upgrade_eligible=eligible,
        )  # fmt: skip
    return mei.programme


def buy(who: Member, number: str, yuan: int, *, product: str = "milk", with_points: int = 0) -> None:
    """Three pieces of one product are paid at the till, partly with points, and the programme hears of it."""
    total_fen = yuan * 100
    if with_points:
        per_yuan = settings.read(PointPaymentSettings).points_per_yuan
        point_payments.hold(
            member=who, order_number=number, points=with_points, amount_fen=with_points * 100 // per_yuan,
            limit_fen=total_fen,
        )  # fmt: skip
        point_payments.commit(order_number=number)
    payments = (Payment("wechat", total_fen - with_points), Payment("points", with_points, earns=False))
    line = OrderLine(line="1", product=product, quantity=3, paid_fen=total_fen)
    order = PaidOrder(
        number=number, paid_at=clock.now(), lines=(line,), payments=payments[: 1 + bool(with_points)]
    )
    point_order_events.report_paid(member=who, order=order)
    relay.run("acme")


def return_goods(who: Member, number: str, *, yuan: float, pieces: int = 3, as_: str = "R1") -> None:
    """Some of the three pieces come back; what points paid of them comes back as points."""
    paid = point_payments.find_live(number)
    if paid is not None:
        amount_fen = paid.amount_fen * pieces // 3
        point_payments.refund(order_number=number, return_number=as_, amount_fen=amount_fen)
    returned = ReturnedOrder(
        order_number=number, number=as_, lines=(ReturnedLine("1", pieces, 3),), refunded_fen=round(yuan * 100)
    )
    point_order_events.report_returned(member=who, returned_order=returned)
    relay.run("acme")
    assert outbox.count_by_state() == {"pending": 0, "dead": 0}


def paying_orders(number: str) -> list[tuple[str, int]]:
    """Which orders' points paid for an order, the first giver first."""
    paid = PointEntry.get(PointEntry.key == f"payment:{number}:1")
    relations = LotAllocation.select(LotAllocation, PointLot).join(PointLot)
    return [
        (relation.lot.entry.order_number, relation.value)
        for relation in relations.where(LotAllocation.entry == paid).order_by(LotAllocation.id)
    ]


def test_points_are_spent_from_three_lots_in_the_order_in_which_they_end(mei, days, lots, balances):
    """Milk for 100 yuan on day 0, for 50 on day 1, for 70 on day 2: three lots, ending with days 30, 31, 32.

    120 points pay 1.20 yuan of tea: 100 of the first lot and 20 of the second. 60 more: the 30 that are
    left there and 30 of the third, in which 40 stay.
    """
    for day, yuan in enumerate((100, 50, 70)):
        days.go(day)
        buy(mei, f"milk{day}", yuan)
    assert lots() == [100, 50, 70]
    buy(mei, "tea1", 10, product="tea", with_points=120)
    assert (paying_orders("tea1"), lots()) == ([("milk0", 100), ("milk1", 20)], [0, 30, 70])
    buy(mei, "tea2", 10, product="tea", with_points=60)
    assert (paying_orders("tea2"), lots()) == ([("milk1", 30), ("milk2", 30)], [0, 0, 40])
    assert balances() == (220, 40, 0, 0)


def test_what_comes_back_after_its_points_ended(mei, days, balances):
    """Milk for 100 yuan earns 100 points through day 30. On day 10, 60 of them pay part of some tea.

    In the daily close after day 30 the other 40 end. On day 35 the tea comes back: its 60 points come back too,
    and since their lot has ended they are good until the end of day 36. Then the milk comes back as well:
    of its 100 points 40 have ended unspent, so 60 are taken, and nothing is owed.
    """
    buy(mei, "milk", 100)
    days.go(10)
    buy(mei, "tea", 10, product="tea", with_points=60)
    assert balances() == (100, 40, 0, 0)
    days.go(31)
    point_expiry.expire(day=days.day(30))
    assert balances() == (100, 0, 40, 0)
    days.go(35)
    return_goods(mei, "tea", yuan=9.4)
    assert balances() == (100, 60, 40, 0)
    assert points.get_or_create_account(mei).lots.order_by(
        PointLot.id.desc()
    ).first().expires_at == end_of_day(36)
    return_goods(mei, "milk", yuan=100)
    assert balances() == (40, 0, 40, 0)
    taken = (
        PointReversal.select().join(PointEntry).where(PointEntry.account == points.get_or_create_account(mei))
    )
    assert [
        (row.value, row.posted_points, row.expired_points) for row in taken.order_by(PointReversal.id)
    ] == [
        (60, 60, 0),
        (100, 60, 40),
    ]


def test_what_comes_back_after_its_points_were_spent_is_owed_and_paid_by_the_next(mei, balances):
    """Milk earns 100, 80 of them pay for tea, the milk comes back: 20 are taken and 80 owed.

    Milk for 50 yuan: all 50 go into the debt, 30 are still owed. Milk for 40: 30 pay it off, 10 can be spent.
    """
    buy(mei, "milk", 100)
    buy(mei, "tea", 10, product="tea", with_points=80)
    return_goods(mei, "milk", yuan=100)
    assert balances() == (0, -80, 0, 80)
    buy(mei, "more", 50)
    assert balances() == (50, -30, 0, 30)
    assert point_payments.quote(member=mei, total_fen=10_000).points == 0
    buy(mei, "again", 40)
    assert balances() == (90, 10, 0, 0)
    assert point_payments.quote(member=mei, total_fen=10_000).points == 10


def test_one_of_three_pieces_comes_back_with_its_share_rounded_down(mei, balances):
    """Three pieces for 100 yuan earned 100 points. They come back one by one: 33, 33 and, with the rest, 34.

    The same return reported twice takes nothing more.
    """
    buy(mei, "milk", 100)
    left = []
    for number, yuan in (("R1", 33.33), ("R1", 33.33), ("R2", 33.33), ("R3", 33.34)):
        return_goods(mei, "milk", yuan=yuan, pieces=1, as_=number)
        left.append(balances()[1])
    assert left == [67, 67, 34, 0]
    assert balances() == (0, 0, 0, 0)


def test_a_tier_is_earned_survives_a_return_is_kept_and_lost(mei, programme, days):
    """Gold from 1,000 growth within 365 days, for 365 days; a point a yuan.

    Day 0: 400, base. Day 10: 600 more make 1,000: gold through day 375. Day 20: a third of the 600 comes
    back, 800 are left, gold stays. Day 200: 1,300. In the daily close after day 375 what counts is what brought the
    upgrade and what came since: 600 − 200 + 1,300 = 1,700, so gold is kept through day 741. Nothing more is bought:
    in the daily close after day 741 it is 0, and the base is what is left.
    """
    growth = points.list_groups(programme)[1]
    gold = tiers.add(programme=programme, code="vip", name="贵宾", rank=6, validity=Validity(days=365))
    rule = TierRule(tier=gold, basis="points", group=growth, window_days=365, at_least=1000)
    tier_rules.replace(programme=programme, rules=[rule])

    buy(mei, "O1", 400)
    assert path(mei) == [("base", "joined")]
    days.go(10)
    buy(mei, "O2", 600)
    assert path(mei)[-1] == ("vip", "upgraded")
    assert (tiers.find_active(mei).explanation["total"], tiers.find_active(mei).valid_until) == (
        1000,
        end_of_day(375),
    )
    days.go(20)
    return_goods(mei, "O2", yuan=200, pieces=1)
    assert (points.balance(mei, growth), path(mei)[-1]) == (800, ("vip", "upgraded"))
    days.go(200)
    buy(mei, "O3", 1300)
    days.go(376)
    tier_evaluation.evaluate_expired(day=days.day(375))
    assert path(mei)[-1] == ("vip", "retained")
    assert (tiers.find_active(mei).explanation["total"], tiers.find_active(mei).valid_until) == (
        1700,
        end_of_day(741),
    )
    days.go(742)
    tier_evaluation.evaluate_expired(day=days.day(741))
    assert path(mei) == [
        ("base", "joined"), ("vip", "upgraded"), ("vip", "retained"), ("base", "downgraded"),
    ]  # fmt: skip
    assert tiers.find_active(mei).explanation["total"] == 0


def path(member: Member) -> list[tuple[str, str]]:
    """The member's tiers from the first to the active one, with how each began."""
    return [(row.tier.code, row.kind) for row in reversed(tiers.list_history(member))]


def test_two_members_with_debts_become_one_who_owes_both(mei, register, balances):
    """Mei earned 100, spent 80, and the milk came back: she owes 80. Her other account earned 50, spent 30: it owes 30.

    The two prove to be one person, who owes 110. An order that is still reported for the lost account, milk for 200,
    pays it: 90 can be spent.
    """
    other = register("13912345678")
    for who, name, earned, spent in ((mei, "mei", 100, 80), (other, "other", 50, 30)):
        buy(who, f"{name}-milk", earned)
        buy(who, f"{name}-tea", 10, product="tea", with_points=spent)
        return_goods(who, f"{name}-milk", yuan=earned)
    assert (points.balance(mei), points.balance(other)) == (-80, -30)
    merges.merge_manually(survivor=mei.customer, duplicate=other.customer, proof="身份证")
    assert balances() == (0, -110, 0, 110)
    buy(other, "next", 200)
    assert balances() == (200, 90, 0, 0)
    assert members.survivor(Member.get_by_id(other.id)).id == mei.id


def test_a_coupon_is_given_comes_back_unanswered_is_given_again_used_and_returned(mei, days, register):
    """Mei claims 5 yuan off and offers it to Qiang, who has 24 hours. He does not answer: it is hers again.

    She offers it once more, he accepts, and it takes 5 of 50 yuan off his order. The order comes back the
    next day, within the 7 days of the terms: the coupon is his again, and takes 5 yuan off the next one.
    """
    qiang = register("13912345678")
    coupon = coupons.claim(rule=coupon_fixtures.create_listed_rule(), member=mei, source="h5")
    coupon_gifts.create_gift(coupon=coupon, giver=mei)
    with time_machine.travel(clock.now() + timedelta(hours=24), tick=False):
        assert coupon_gifts.time_out_due() == 1
    assert [row.code for row in coupons.list_wallet(mei)] == [coupon.code]
    days.go(2)
    _, token = coupon_gifts.create_gift(coupon=coupon, giver=mei)
    coupon_gifts.accept(token=token, receiver=qiang)
    assert coupons.list_wallet(mei) == []

    assert pay_with(qiang, coupon, "O1") == 500
    days.go(3)
    coupon_redemptions.refund(order_number="O1")
    assert pay_with(qiang, coupon, "O2") == 500
    assert [
        (use.order_number, use.state)
        for order in ("O1", "O2")
        for use in coupon_redemptions.list_for_order(order)
    ] == [
        ("O1", "returned"),
        ("O2", "used"),
    ]
    result = [(step.state, party and party.card_number) for step, party in coupon_gifts.list_history(coupon)]
    assert result == [
        ("offered", mei.card_number), ("timed_out", None), ("offered", mei.card_number),
        ("accepted", qiang.card_number),
    ]  # fmt: skip


def pay_with(who: Member, coupon: coupons.Coupon, number: str) -> int:
    """What the coupon takes off a tea of 50 yuan."""
    uses = coupon_redemptions.redeem(
        member=who, codes=[coupon.code], basket=coupon_fixtures.make_basket(), order_number=number
    )
    return sum(use.value_fen for use in uses)
