"""Promotions: what a draft demands, who approves it, its states, and the list of them."""

from datetime import timedelta

import pytest

from store.core import actors, clock
from store.core.errors import DomainError
from store.core.listing import Page
from store.promotions import promotion_list, promotions
from store.promotions.promotion_list import PromotionFilter
from store.promotions.tables import Promotion
from store.tenants.audit import AuditEntry
from tests.support import order_fixtures
from tests.support.coupon_fixtures import MANAGER, OWNER, error_code_of
from tests.support.promotion_fixtures import approve, create_draft, draft_values, run, submit

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def of(kind, **parameters):
    return {"parameters": {"kind": kind, **parameters}}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (of("special_price", prices=[]), "不能少于"),
        (of("special_price", prices=[{"product": "P-none", "price_fen": 1}]), "没有编码为 P-none 的商品"),
        (of("reduction", steps=[{"from_fen": 100, "off_fen": 200}]), "不能超过满的金额"),
        (of("reduction", steps=[{"off_fen": 200}]), "请填写满多少"),
        (of("discount", steps=[{"from_fen": 1, "percent": 5}, {"from_units": 2, "percent": 9}]), "都按金额"),
        (of("bundle", parts=[{"products": ["P-tea"]}], price_fen=1), "至少要有两件"),
        (of("gift", steps=[{"from_fen": 1, "gifts": [{"sku": "none"}]}]), "没有编码为 none 的规格"),
        (of("buy_get", buy=0), "不能小于 1"),
        (of("lottery"), "不认识的类型"),
        ({"channels": []}, "不能少于"),
        ({"shops": ["S9"]}, "没有编码为 S9 的门店"),
        ({"tiers": ["none"]}, "没有编码为 none 的等级"),
        ({"ends_at": clock.now() - timedelta(days=2)}, "结束时间应晚于开始时间"),
        ({"priority": 0}, "不能小于 1"),
        ({"cost_centre": "none"}, "没有编码为 none 的成本中心"),
        ({"hours": {"begins": "9", "ends": "10:00"}}, "格式不正确"),
        ({"weekdays": [1, 1]}, "星期重复"),
        ({"limit_per_member": 0}, "不能小于 1"),
        ({"colour": "red"}, "不认识的字段"),
    ],
)
def test_a_draft_is_checked(acme, changes, reason):
    with pytest.raises(DomainError) as found:
        create_draft(**changes)
    assert found.value.code == "invalid"
    assert reason in found.value.message


def test_it_is_made_changed_approved_paused_and_ended(acme):
    row = create_draft()
    with actors.acting_as(OWNER):
        row = promotions.change(row, values={"name": "周末大促", "priority": 5})
    assert (row.draft.name, row.name, row.draft.priority) == ("周末大促", "周末大促", 5)
    row = approve(submit(row))
    assert (row.state, row.approved_by, row.submitted_by) == ("approved", MANAGER.name, OWNER.name)
    assert promotions.pause(row, reason="库存不足").state == "paused"
    assert promotions.resume(row).state == "approved"
    assert promotions.end(row).state == "ended"
    assert promotions.copy(row).name == "周末大促 副本"
    assert error_code_of(lambda: promotions.resume(row)) == "promotion_state"
    assert error_code_of(lambda: promotions.change(row, values={"name": "新"})) == "promotion_state"


def test_each_step_called_twice_changes_nothing_more(acme):
    row = create_draft()
    steps = [
        lambda: promotions.change(row, values={"priority": 7}), lambda: submit(row), lambda: approve(row),
        lambda: promotions.pause(row, reason="检查"), lambda: promotions.resume(row), lambda: promotions.end(row),
    ]  # fmt: skip
    for step in steps:
        with actors.acting_as(OWNER):
            first = step()
            entries = AuditEntry.select().count()
            assert step().state == first.state
        assert AuditEntry.select().count() == entries
    promotions.delete(doomed := create_draft())
    promotions.delete(doomed)
    assert Promotion.find(id=doomed.id) is None


def test_only_the_named_other_person_approves(acme):
    row = create_draft()
    with actors.acting_as(OWNER):
        assert error_code_of(lambda: promotions.submit(row, approver=OWNER.name)) == "invalid"
    row = submit(row)
    with actors.acting_as(OWNER):
        assert error_code_of(lambda: promotions.approve(row, version=row.version)) == "own_submission"
    with actors.acting_as(actors.Actor("staff", "someone")):
        assert error_code_of(lambda: promotions.approve(row, version=row.version)) == "not_the_approver"
    with actors.acting_as(MANAGER):
        assert error_code_of(lambda: promotions.approve(row, version="0" * 64)) == "promotion_changed"
        assert error_code_of(lambda: promotions.reject(row, version=row.version, opinion=" ")) == "invalid"
        row = promotions.reject(row, version=row.version, opinion="太贵")
        assert promotions.reject(row, version=row.version, opinion="太贵").state == "rejected"
    with actors.acting_as(OWNER):
        row = promotions.change(row, values={"priority": 9})
        row = promotions.submit(row, approver=MANAGER.name)
        assert promotions.withdraw(row).state == "draft"
        assert promotions.withdraw(row).state == "draft"
    assert error_code_of(lambda: promotions.delete(row)) == "promotion_state"


def test_a_period_that_is_over_cannot_be_submitted(acme):
    now = clock.now()
    row = create_draft(starts_at=now - timedelta(days=3), ends_at=now - timedelta(days=1))
    with actors.acting_as(OWNER):
        assert error_code_of(lambda: promotions.submit(row, approver=MANAGER.name)) == "invalid"


def test_the_list_is_searched_and_filtered(acme):
    order_fixtures.create_shop("S1")
    other = order_fixtures.create_shop("S2")
    now = clock.now()
    running = run(shops=["S1"], channels=["till"])
    later = run(name="年货节", starts_at=now + timedelta(days=40), ends_at=now + timedelta(days=50))
    over = promotions.end(run(name="旧促销", parameters={"kind": "second_half"}))

    def found(**criteria):
        return {row.id for row in promotion_list.list_page(PromotionFilter(**criteria), Page())[0]}

    assert found() == {running.id, later.id, over.id}
    assert found(search="年货") == found(search=later.number) == {later.id}
    assert found(state="ended") == found(state_now="over") == found(kind="second_half") == {over.id}
    assert found(state_now="upcoming") == {later.id}
    assert found(state_now="running") == {running.id}
    assert found(channel="online") == found(shop_id=other.id) == {later.id, over.id}
    assert found(shop_ids=frozenset({running.shops[0].shop_id})) == {running.id, later.id, over.id}
    day = (now + timedelta(days=45)).date()
    assert found(first_day=day, last_day=day) == {later.id}
    calendar = promotion_list.list_calendar(PromotionFilter())
    assert [row.id for row in calendar][-1] == later.id
    assert [row.state_now() for row in (running, later, over)] == ["running", "upcoming", "over"]


def test_a_draft_keeps_what_it_was_given(acme):
    values = draft_values(weekdays=[1, 7], month_days=[15], hours={"begins": "22:00", "ends": "02:00"})
    draft = create_draft(**values).draft
    assert (draft.weekdays, draft.month_days, draft.hours.begins) == ((1, 7), (15,), "22:00")
