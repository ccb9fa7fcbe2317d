"""The statement: complete, in order, readable page by page, and harmless in a spreadsheet."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
import time_machine

from store.core import actors
from store.core.errors import DomainError
from store.customers.merging import merges
from store.stored_value import payments as stored_value_payments
from store.stored_value import statements as stored_value_statements
from store.stored_value.statements import StatementTotals
from tests.store.stored_value.conftest import balances, create_paid_top_up

pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture
def history(mei, wang, ten_percent):
    """100 + 10 topped up, 55 spent, 11 held and committed, 11 held and released, 55 refunded."""
    create_paid_top_up(mei, 10_000)
    create_paid_top_up(wang, 100)
    stored_value_payments.spend(member=mei, amount_fen=5_500, key="o-1", order_number="1001")
    for key, end in (("o-2", stored_value_payments.commit), ("o-3", stored_value_payments.release)):
        stored_value_payments.hold(member=mei, amount_fen=1_100, order_number=key)
        end(order_number=key)
    stored_value_payments.refund_by_key(key="o-1", amount_fen=5_500, refund_key="r-1", reason="=HYPERLINK(1)")
    return mei


def read(member):
    text = "".join(stored_value_statements.to_csv(member))
    assert text.startswith("\ufeff时间,")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_latest_is_first_and_pages_follow_the_cursor(history):
    kinds, before = [], None
    while page := stored_value_statements.list_lines(history, limit=2, before_id=before):
        assert len(page) <= 2
        kinds += [line.kind for line in page]
        before = page[-1].id
    assert kinds == ["spend_refunded", "released", "held", "held", "spent", "top_up"]


def test_a_page_is_never_endless(history):
    assert len(stored_value_statements.list_lines(history, limit=10**9)) == 6
    assert len(stored_value_statements.list_lines(history, limit=-5)) == 1


def test_the_csv_adds_up_to_the_balance(history):
    rows = read(history)
    assert [row["类型"] for row in rows] == ["充值", "消费", "预扣", "预扣", "预扣取消", "消费退款"]
    assert [row["本金余额"] for row in rows] == ["100.00", "50.00", "40.00", "30.00", "40.00", "90.00"]
    principal, bonus, _ = balances(history)
    assert (rows[-1]["本金余额"], rows[-1]["赠金余额"]) == (f"{principal / 100:.2f}", f"{bonus / 100:.2f}")
    assert rows[1]["订单号"] == "1001"


def test_times_are_the_shop_s(mei):
    with time_machine.travel(datetime(2026, 11, 22, 16, 30, tzinfo=UTC), tick=False):
        create_paid_top_up(mei, 100)
    assert read(mei)[0]["时间"] == "2026-11-23 00:30:00"


def test_no_cell_is_a_formula(history):
    assert read(history)[-1]["说明"] == "'=HYPERLINK(1)"


def test_who_did_it_is_beside_it(mei):
    with actors.acting_as(actors.Actor(kind="staff", name="@小李")):
        create_paid_top_up(mei, 100)
    assert read(mei)[0]["操作人"] == "'@小李"


def test_a_member_without_an_account_has_an_empty_statement(wang):
    assert stored_value_statements.list_lines(wang) == []
    assert read(wang) == []


def test_a_month_begins_and_ends_with_the_shop_s_days(mei):
    edges = (("10-31 15:59", 100), ("10-31 16:00", 200), ("11-30 15:59", 300), ("11-30 16:00", 400))
    for text, fen in edges:
        at = datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        with time_machine.travel(at, tick=False):
            create_paid_top_up(mei, fen)
    november = stored_value_statements.list_lines(mei, month=date(2026, 11, 17))
    assert [(line.amount_fen, line.balance_fen) for line in november] == [(300, 600), (200, 300)]
    assert stored_value_statements.totals(mei, month=date(2026, 11, 1)) == StatementTotals(
        credited_fen=500, debited_fen=0
    )
    assert stored_value_statements.list_lines(mei, month=date(2026, 9, 1)) == []


def test_each_line_tells_the_balance_after_it_on_every_page(history):
    whole = stored_value_statements.list_lines(history)
    assert [line.balance_fen for line in whole] == [9_900, 4_400, 3_300, 4_400, 5_500, 11_000]
    paged, before = [], None
    while page := stored_value_statements.list_lines(history, limit=1, before_id=before):
        paged, before = paged + page, page[-1].id
    assert paged == whole
    assert stored_value_statements.totals(history) == StatementTotals(credited_fen=17_600, debited_fen=7_700)


def test_after_a_merge_the_balance_runs_over_both_accounts(mei, wang):
    create_paid_top_up(mei, 1_000)
    create_paid_top_up(wang, 500)
    stored_value_payments.spend(member=mei, amount_fen=300, key="o")
    merges.merge_manually(survivor=mei.customer, duplicate=wang.customer, proof="身份证")
    assert [line.balance_fen for line in stored_value_statements.list_lines(mei)] == [1_200, 1_500, 1_000]


def test_the_member_s_copy_names_no_staff(history):
    text = "".join(stored_value_statements.to_csv(history, columns=stored_value_statements.MEMBER_COLUMNS))
    head, first, *_ = text.splitlines()
    assert head == "\ufeff时间,类型,本金变动,赠金变动,本金余额,赠金余额,订单号,说明"
    assert first.split(",")[1:] == ["充值", "100.00", "10.00", "100.00", "10.00", "", ""]


def test_whole_statements_have_a_limit(mei, wang):
    for _ in range(stored_value_statements.EXPORTS_PER_HOUR):
        stored_value_statements.check_rate_limit(mei)
    with pytest.raises(DomainError) as no:
        stored_value_statements.check_rate_limit(mei)
    assert no.value.code == "too_many"
    stored_value_statements.check_rate_limit(wang)
