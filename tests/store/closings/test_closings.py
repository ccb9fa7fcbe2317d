"""Closing of a membership: listed, requested, cancellable, finished by the daily close; nothing is lost or kept."""

from datetime import timedelta

import pytest

from store.closings import closings, listings
from store.closings.closings import ClosingSettings, MembershipClosing
from store.core import actors
from store.core.errors import DomainError
from store.core.events import Event
from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons.coupons import Coupon
from store.customers import customers, followers, identities, members, profiles
from store.customers.customers import Customer
from store.customers.followers import Follow
from store.customers.identities import Identity
from store.customers.members import Member
from store.customers.merging import merges
from store.integrity import verifier
from store.points import points
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import payments as stored_value_payments
from store.stored_value import payouts, top_up_payments, top_up_rules, top_ups
from store.stored_value.payouts import StoredValuePayout
from store.stored_value.top_up_refunds import TopUpRefund
from store.stored_value.top_ups import TopUp
from store.tenants import business_days, settings
from tests.store.stored_value.conftest import (
    CASHIER,
    balances,
    create_paid_top_up,
    spend_by_key,
    take_payment,
)
from tests.support import coupon_fixtures, database, message_records
from tests.support.consents import accept_all

PHONE = "13812345678"
pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture
def mei(days, create_follower, register) -> Member:
    """A member of the official account with 97.50 of principal, bonus, points and two coupons, one being given."""
    member = register(PHONE, create_follower("o-mei"))
    profiles.change(member.customer, name="王美", nickname="美美")
    create_paid_top_up(member, 10_000)
    spend_by_key(member, 250, "o-1")
    points.earn(member=member, kind="promotion", value=30, key="p-1")
    rule = coupon_fixtures.create_listed_rule()
    for key in ("a", "b"):
        coupon = coupons.issue(rule=rule, member=member, key=key)
    coupon_gifts.create_gift(coupon=coupon, giver=member)
    return member


def request(member):
    customer = Customer.get_by_id(member.customer_id)
    version = listings.build(customer).version
    return closings.request(customer=customer, listing_version=version, channel="h5")


def finish(days, *, after=8):
    """The daily close of the last day of the waiting time."""
    days.go(after)
    return closings.run_batch(business_days.today() - timedelta(days=1))


def messages():
    return message_records.list_texts("customer_service", kind="account_closing")


def test_the_listing_names_everything(mei):
    listing = listings.build(mei.customer)
    assert (listing.principal_fen, listing.bonus_fen) == (9_750, 0)
    assert [(line.channel, line.label, line.amount_fen) for line in listing.refunds] == [
        ("wechat", "微信支付", 9_750)
    ]
    assert [(line.name, line.available) for line in listing.points] == [("积分", 30)]
    assert sum(line.count for line in listing.coupons) == 2
    assert listing.open_things == ()


def test_n01_a_closing_gives_back_the_principal_and_ends_everything_else(days, mei):
    row = request(mei)
    assert row.due_day == days.day(7)
    assert finish(days, after=7) == 0
    assert finish(days) == 1
    assert balances(mei) == (0, 0, 0)
    assert points.balance(mei) == 0
    assert {coupon.state for coupon in Coupon.select()} == {"void"}
    refund = TopUpRefund.get()
    assert (refund.principal_fen, refund.paid_fen, refund.state) == (9_750, 9_750, "requested")
    assert Event.select().where(Event.kind == "top_ups.refund_requested").count() == 1
    old = Customer.get_by_id(mei.customer_id)
    assert (old.name, old.nickname, Member.get_by_id(mei.id).status) == (None, None, "closed")
    assert not Identity.select().where((Identity.customer == old.id) & Identity.unbound_at.is_null()).exists()
    assert identities.find_by_phone(f"+86{PHONE}") is None
    assert "已收到您的注销申请" in messages()[0]
    assert "储值本金 97.50 元将按原支付方式退回" in messages()[1]


def test_n01_signing_in_again_gives_a_new_empty_member_whose_phone_can_be_bound(days, mei, account, register):
    request(mei)
    finish(days)
    back = followers.get_or_create_customer(channel=account, openid="o-mei", source="wechat_official")
    member = members.get_or_create(back)
    assert (back.id, member.id) != (mei.customer_id, mei.id)
    assert (back.nickname, identities.find_phone(back), member.joined_at) == (None, None, None)
    assert (points.balance(member), balances(member)) == (0, (0, 0, 0))
    assert register(PHONE, back).joined_at is not None
    assert Member.get_by_id(mei.id).status == "closed"


def test_a_follow_goes_on_and_is_no_first_one(days, mei, account):
    request(mei)
    finish(days)
    assert followers.find_last_change(channel=account, openid="o-mei")[0] is True
    assert not followers.follow(channel=account, openid="o-mei").first_time
    assert Follow.get().customer_id != mei.customer_id


def test_who_does_not_follow_any_more_leaves_no_openid(days, mei, account):
    followers.unfollow(channel=account, openid="o-mei")
    request(mei)
    finish(days)
    assert not Identity.select().where(Identity.subject == "o-mei").exists()


def test_finishing_twice_changes_nothing(days, mei):
    request(mei)
    finish(days)
    before = database.dump_rows()
    assert closings.run_batch(business_days.today() - timedelta(days=1)) == 0
    assert database.dump_rows() == before


def test_requesting_twice_is_one_request(mei):
    first = request(mei)
    before = database.dump_rows()
    assert request(mei) == first
    assert database.dump_rows() == before


def test_a_request_names_what_the_person_has_seen(mei):
    with pytest.raises(DomainError, match="请核对后重新确认") as refused:
        closings.request(customer=mei.customer, listing_version="0" * 16, channel="h5")
    assert refused.value.code == "closing_listing_changed"
    assert not MembershipClosing.select().exists()


def test_a_cancelled_request_is_not_finished(days, mei):
    request(mei)
    assert closings.cancel(customer=mei.customer) is True
    assert closings.cancel(customer=mei.customer) is False
    assert finish(days) == 0
    assert balances(mei) == (9_750, 0, 0)
    assert "已撤回" in messages()[-1]
    assert request(mei).state == "requested"


def test_an_open_order_delays_the_end(days, mei):
    stored_value_payments.hold(member=mei, amount_fen=100, order_number="o-2")
    row = request(mei)
    assert listings.build(mei.customer).open_things == ("有未完成的订单占用储值 1.00 元",)
    assert finish(days) == 0
    assert closings.list_blockers(row) == ["有未完成的订单占用储值 1.00 元"]
    stored_value_payments.commit(order_number="o-2")
    assert finish(days) == 1
    assert TopUpRefund.get().paid_fen == 9_650


def test_the_bonus_is_given_up_and_cash_is_owed_until_a_clerk_pays(days, register, ten_percent_bonus):
    member = register(PHONE)
    with actors.acting_as(CASHIER):
        top_up_payments.take_cash(member=member, amount_fen=10_000, key="receipt-1")
    assert balances(member) == (10_000, 1_000, 0)
    request(member)
    finish(days)
    refund = TopUpRefund.get()
    assert (balances(member), refund.paid_fen, refund.bonus_fen, refund.state) == (
        (0, 0, 0),
        10_000,
        0,
        "requested",
    )
    with pytest.raises(DomainError, match="须由店员办理"):
        payouts.settle(number=refund.number, receipt="r-1")
    with actors.acting_as(CASHIER):
        assert {payouts.settle(number=refund.number, receipt="r-1") for _ in range(2)} == {10_000}
    assert TopUpRefund.get().state == "completed"


@pytest.fixture
def ten_percent_bonus(acme):
    top_up_rules.add(code="summer", name="充100送10", steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}])


def test_what_no_top_up_can_refund_is_owed(days, register):
    member = register(PHONE)
    create_paid_top_up(member, 10_000)
    days.go(400)  # the platform refunds for a year
    request(member)
    finish(days, after=410)
    row = StoredValuePayout.get()
    assert (row.amount_fen, row.state, payouts.list_owed()) == (10_000, "owed", [row])
    assert not TopUpRefund.select().exists()
    with actors.acting_as(CASHIER):
        assert {payouts.settle(number=row.number, receipt="r-1") for _ in range(2)} == {10_000}
    assert payouts.list_owed() == []


def test_a_frozen_account_is_paid_out_too(days, mei):
    stored_value_accounts.freeze(member=mei, reason="手机遗失")
    request(mei)
    assert finish(days) == 1
    assert balances(mei) == (0, 0, 0)


def test_a_payment_that_arrives_after_the_end_goes_back(days, mei):
    asked = top_ups.request(member=mei, amount_fen=500, key="late")
    request(mei)
    finish(days)
    assert take_payment(asked, "p-late") == 0
    assert TopUp.get_by_id(asked.id).state == "closed"
    with pytest.raises(DomainError, match="已注销"):
        points.adjust(member=mei, value=5, reason="补登", key="late")
    with pytest.raises(DomainError, match="已注销"):
        top_ups.request(member=mei, amount_fen=500, key="later")


def test_what_a_return_brings_to_a_closed_account_goes_back_the_next_day(days, mei):
    request(mei)
    finish(days)
    stored_value_payments.refund_by_key(key="o-1", amount_fen=250, refund_key="r-1")
    points.earn(member=mei, kind="promotion", value=3, key="late")
    assert find_warnings() == {"closings.empty"}
    assert finish(days, after=9) == 1
    assert (balances(mei), points.balance(mei), find_warnings()) == ((0, 0, 0), 0, set())


def find_warnings():
    checks = tuple(check for check in verifier.CHECKS if check.name.startswith("closings."))
    return {each.check for _, found in verifier.run_checks(checks) for each in found}


def test_a_closed_member_gets_no_coupon_and_is_not_merged(days, mei, register):
    request(mei)
    finish(days)
    rule = coupon_fixtures.create_listed_rule()
    with pytest.raises(DomainError, match="已注销"):
        coupons.issue(rule=rule, member=mei, key="late")
    other = register("13900139000")
    with pytest.raises(DomainError, match="已注销"):
        merges.merge_manually(survivor=other.customer, duplicate=mei.customer, proof="身份证")


def test_a_merge_cancels_the_requests_of_both(days, mei, register):
    request(mei)
    other = register("13900139000")
    request(other)
    merges.merge_manually(survivor=other.customer, duplicate=mei.customer, proof="身份证")
    assert {row.state for row in MembershipClosing.select()} == {"cancelled"}
    assert finish(days) == 0


def test_the_waiting_time_is_settable_and_bounded(days, mei):
    settings.change(ClosingSettings, waiting_days=0)
    assert request(mei).due_day == days.day(0)
    for wrong in (-1, 16):
        with pytest.raises(DomainError):
            settings.change(ClosingSettings, waiting_days=wrong)


def test_a_follower_without_anything_can_leave_too(days, create_follower):
    follower = create_follower("o-x")
    version = listings.build(follower).version
    closings.request(customer=follower, listing_version=version, channel="h5")
    assert finish(days) == 1


def test_after_the_end_a_stale_request_is_refused(days, mei):
    stale = Customer.get_by_id(mei.customer_id)
    request(mei)
    finish(days)
    accept = pytest.raises(DomainError, match="已清除")
    with accept:
        closings.request(customer=stale, listing_version="", channel="h5")
    with accept:
        accept_all(stale)
    assert customers.lock(stale.id).erased_at is not None


class TestRaces:
    """Closing against spending: the same yuan is never spent and refunded."""

    def test_a_purchase_and_the_end_at_once_share_the_money(self, days, mei):
        request(mei)
        days.go(8)
        day = business_days.today() - timedelta(days=1)
        works = [lambda n: closings.finish_due(day)] + [lambda n: spend_by_key(mei, 1_000, f"till-{n}")] * 7
        outcomes = database.run_concurrently(8, lambda n: works[n](n))
        refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert {getattr(each, "code", each) for each in refused} <= {"insufficient_stored_value"}
        spent = sum(row.amount_fen for row in outcomes[1:] if not isinstance(row, Exception))
        assert TopUpRefund.get().paid_fen + spent == 9_750
        assert balances(mei) == (0, 0, 0)

    def test_two_daily_closes_at_once_refund_once(self, days, mei):
        request(mei)
        days.go(8)
        day = business_days.today() - timedelta(days=1)
        assert sorted(database.run_concurrently(4, lambda n: closings.finish_due(day))) == [0, 0, 0, 1]
        assert TopUpRefund.select().count() == 1

    def test_a_cancellation_and_the_end_at_once_are_one_of_both(self, days, mei):
        request(mei)
        days.go(8)
        day, customer = business_days.today() - timedelta(days=1), Customer.get_by_id(mei.customer_id)
        works = [lambda: closings.finish_due(day), lambda: closings.cancel(customer=customer)]
        database.run_concurrently(2, lambda n: works[n]())
        finished = MembershipClosing.get().state == "finished"
        assert (Member.get_by_id(mei.id).status == "closed") is finished
        assert balances(mei)[0] == (0 if finished else 9_750)
