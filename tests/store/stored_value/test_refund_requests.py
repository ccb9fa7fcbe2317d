"""A member gets the principal back: at once while it is new and unused, otherwise when staff grant it."""

from datetime import timedelta

import pytest
import time_machine

from store.core import actors, clock
from store.core.events import Event
from store.customers import customers, members
from store.customers.merging import merges
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import ledger as stored_value_ledger
from store.stored_value import payments as stored_value_payments
from store.stored_value import refund_requests, statements
from store.stored_value.refund_requests import StoredValueRefundRequest
from store.stored_value.top_up_refunds import TopUpRefund
from tests.store.stored_value.conftest import CASHIER, balances, create_paid_top_up, expect_error
from tests.support import database, message_records, races

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def request(member, key="k-1"):
    return refund_requests.request(member=member, key=key)


@pytest.fixture
def used(mei, ten_percent):
    """Mei with 100 and 10 in bonus, of which 11 are spent: staff have to answer."""
    create_paid_top_up(mei, 10_000)
    stored_value_payments.spend(member=mei, amount_fen=1_100, key="o-1")
    return mei


def test_a_new_and_unused_top_up_is_refunded_at_once(mei, ten_percent):
    create_paid_top_up(mei, 10_000)
    row = request(mei)
    assert (row.state, row.at_once, row.principal_fen, row.bonus_fen) == ("granted", True, 10_000, 1_000)
    assert balances(mei) == (0, 0, 0)
    refund = TopUpRefund.get()
    assert (refund.state, refund.paid_fen) == ("requested", 10_000)
    assert Event.select().where(Event.kind == "top_ups.refund_requested").count() == 1


def test_both_stand_in_the_statement(mei, ten_percent):
    create_paid_top_up(mei, 10_000)
    request(mei)
    lines = [(line.label, line.principal_fen, line.bonus_fen) for line in statements.list_lines(mei)]
    assert lines == [("赠金作废", 0, -1_000), ("充值退款", -10_000, 0), ("充值", 10_000, 1_000)]


@pytest.mark.parametrize(("days", "state"), [(6.9, "granted"), (7.1, "open")])
def test_after_seven_days_staff_decide(mei, days, state):
    create_paid_top_up(mei, 10_000)
    with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
        assert request(mei).state == state


def test_a_second_top_up_does_not_start_the_days_again(mei):
    create_paid_top_up(mei, 10_000)
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        create_paid_top_up(mei, 10_000)
        assert request(mei).state == "open"


def test_what_was_used_waits_for_staff_and_stays_usable(used):
    row = request(used)
    assert (row.state, row.principal_fen, row.bonus_fen) == ("open", 9_000, 900)
    assert balances(used) == (9_000, 900, 0)
    assert refund_requests.list_open() == [row] == refund_requests.list_for_member(used)


def test_a_use_that_was_refunded_is_a_use(used):
    stored_value_payments.refund_by_key(key="o-1", amount_fen=1_100, refund_key="r-1")
    assert request(used).state == "open"


def test_a_hold_is_a_use(mei):
    create_paid_top_up(mei, 10_000)
    stored_value_payments.hold(member=mei, amount_fen=100, order_number="o-1")
    assert request(mei).state == "open"


def test_a_grant_refunds_what_is_there_then(used, cashier):
    row = request(used)
    stored_value_payments.spend(member=used, amount_fen=1_100, key="o-2")
    done = refund_requests.grant(number=row.number)
    assert (done.state, done.principal_fen, done.bonus_fen, done.operator) == ("granted", 8_000, 800, "小李")
    assert balances(used) == (0, 0, 0)
    before = database.dump_rows()
    refund_requests.grant(number=row.number)
    assert database.dump_rows() == before


def test_cash_and_platform_go_back_each_its_way(mei, cashier):
    create_paid_top_up(mei, 10_000)
    create_paid_top_up(mei, 5_000, kind="cash")
    request(mei)
    assert sorted(row.paid_fen for row in TopUpRefund.select()) == [5_000, 10_000]
    assert stored_value_ledger.account_totals()["refunds_payable"] == 15_000


def test_a_rejection_needs_a_reason_and_changes_no_balance(used, cashier):
    row = request(used)
    for reason in ("", " ", "长" * 201):
        with expect_error("invalid"):
            refund_requests.reject(number=row.number, reason=reason)
    for _ in range(2):
        assert refund_requests.reject(number=row.number, reason="需先退回活动礼品").state == "rejected"
    assert balances(used) == (9_000, 900, 0)
    with expect_error("request_answered"):
        refund_requests.grant(number=row.number)
    with expect_error("request_answered"):
        refund_requests.reject(number=row.number, reason="别的原因")
    assert request(used, "k-2").state == "open"


@pytest.mark.parametrize("answer", ["grant", "reject"])
def test_only_staff_answer(used, answer):
    row, rest = request(used), {} if answer == "grant" else {"reason": "x"}
    with actors.acting_as(actors.Actor(kind="customer", name="mei")), expect_error("staff_only"):
        getattr(refund_requests, answer)(number=row.number, **rest)
    with actors.acting_as(CASHIER), expect_error("not_found"):
        getattr(refund_requests, answer)(number="rr_nowhere", **rest)


def test_asking_twice_is_one_request(used, wang):
    row = request(used)
    before = database.dump_rows()
    assert request(used) == request(used, "k-2") == row
    assert database.dump_rows() == before
    with expect_error("key_reused"):
        request(wang)


def test_nothing_is_refunded_where_nothing_is(acme):
    with expect_error("nothing_to_refund"):
        request(members.get_or_create(customers.create_customer(source="test")))


def test_a_frozen_account_has_to_come_to_the_shop(used, cashier):
    row = request(used)
    stored_value_accounts.freeze(member=used, reason="手机遗失")
    with expect_error("stored_value_frozen"):
        refund_requests.grant(number=row.number)


def test_a_request_follows_a_merge(used, wang, cashier):
    row = request(used)
    merges.merge_manually(survivor=wang.customer, duplicate=used.customer, proof="身份证")
    assert refund_requests.grant(number=row.number).member_id == wang.id
    assert balances(wang) == (0, 0, 0)


def test_the_member_hears_of_the_answer(used, cashier):
    refund_requests.reject(number=request(used).number, reason="需先退回活动礼品")
    refund_requests.grant(number=request(used, "k-2").number)
    message_records.notify_of("stored_value.refund_rejected")
    message_records.notify_of("stored_value.refund_granted")
    assert message_records.list_texts() == [
        "储值退款申请未同意：需先退回活动礼品。余额不变，可到门店咨询。",
        "储值退款已同意，本金 90.00元按原支付方式退回，未用的赠金 9.00元作废。",
    ]


def test_a_grant_and_purchases_at_once_never_use_the_same_yuan(used):
    row = request(used)

    def grant(_):
        with actors.acting_as(CASHIER):
            return refund_requests.grant(number=row.number)

    works = [grant, *[lambda n: stored_value_payments.spend(member=used, amount_fen=1_100, key=f"s-{n}")] * 5]
    database.run_concurrently(6, lambda n: works[n](n))
    assert balances(used) == (0, 0, 0)


def test_requests_at_once_are_one(used):
    rows = database.run_concurrently(8, lambda n: request(used, f"k-{n}"))
    assert len({row.id for row in rows}) == StoredValueRefundRequest.select().count() == 1


def test_without_the_lock_two_requests_at_once_are_two(used, monkeypatch):
    monkeypatch.setattr(refund_requests, "find_open", races.with_barrier(refund_requests.find_open))
    with races.without_write_queue():
        monkeypatch.setattr(members, "lock", lambda member_id: members.Member.find(id=member_id))
        database.run_concurrently(2, lambda n: request(used, f"k-{n}"))
        monkeypatch.undo()
    assert StoredValueRefundRequest.select().count() == 2
