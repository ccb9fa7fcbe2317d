"""Freezing (冻结): the account earns and spends nothing, at every place where something is spent."""

import pytest

from store.check_ins import check_ins
from store.core import actors
from store.core.errors import DomainError
from store.core.events import Event
from store.coupons import coupons, gifts, redemptions
from store.customers import freezes, members
from store.customers.members import Member
from store.customers.merging import merges
from store.customers.merging import undo as merge_undo
from store.points import payments as point_payments
from store.points import points
from store.stored_value import payments as stored_value_payments
from store.stored_value import top_up_payables, top_ups
from store.tenants.audit import AuditEntry
from tests.support import coupon_fixtures, database
from tests.support.coupon_fixtures import OWNER
from tests.support.races import with_barrier, without_write_queue


@pytest.fixture
def mei(register) -> Member:
    return register("13812345678")


@pytest.fixture(autouse=True)
def _clerk():
    with actors.acting_as(OWNER):
        yield


def freeze(member: Member) -> Member:
    return freezes.freeze(member=member, reason="核实异常消费")


def refused(work) -> str:
    with pytest.raises(DomainError) as caught:
        work()
    return caught.value.code


def test_freezing_twice_is_logged_once_and_can_be_undone(mei):
    for _ in range(2):
        assert freeze(mei).is_frozen
    assert [entry.after for entry in AuditEntry.select().where(AuditEntry.action == "members.freeze")] == [
        {"reason": "核实异常消费"}
    ]
    for _ in range(2):
        assert freezes.unfreeze(member=mei, reason="已核实").status == "active"
    kinds = [row.kind for row in Event.select().where(Event.member_id == mei.id) if "frozen" in row.kind]
    assert kinds == ["members.frozen", "members.unfrozen"]
    assert refused(lambda: freezes.freeze(member=mei, reason=" ")) == "invalid"
    Member.update(status="closed").where(Member.id == mei.id).execute()
    assert refused(lambda: freeze(mei)) == "membership_closed"


def test_a_frozen_member_earns_and_does_not_spend_points(mei):
    points.adjust(member=mei, value=1000, reason="补登", key="k1")
    freeze(mei)
    points.earn(member=mei, kind="promotion", value=10, key="k2")
    check_ins.check_in(customer=mei.customer, source="miniprogram")
    pay = {"member": mei, "points": 100, "amount_fen": 100, "limit_fen": 1000}
    assert refused(lambda: point_payments.hold(order_number="O1", **pay)) == "member_frozen"
    assert (
        refused(lambda: points.spend(member=mei, kind="gift_redemption", value=1, key="k3"))
        == "member_frozen"
    )
    assert point_payments.available_points(members.read_current(mei)) == 0
    points.adjust(member=mei, value=-10, reason="扣回", key="k4")
    freezes.unfreeze(member=mei, reason="已核实")
    point_payments.hold(order_number="O1", **pay)
    freeze(mei)
    point_payments.commit(order_number="O1")


def test_a_frozen_member_gets_and_does_not_use_coupons(mei):
    rule = coupon_fixtures.create_listed_rule(gift_hours=24)
    freeze(mei)
    coupon = coupons.claim(rule=rule, member=mei, source="h5")
    basket = coupon_fixtures.make_basket()
    frozen = members.read_current(mei)
    hold = {"member": mei, "codes": [coupon.code], "basket": basket, "order_number": "O1"}
    assert refused(lambda: redemptions.hold(**hold)) == "member_frozen"
    assert refused(lambda: gifts.create_gift(coupon=coupon, giver=mei)) == "member_frozen"
    assert redemptions.quote_wallet(member=frozen, basket=basket).applied_coupons == ()
    freezes.unfreeze(member=mei, reason="已核实")
    assert redemptions.hold(**hold)


def test_a_frozen_member_does_not_pay_with_stored_value(mei):
    asked = top_ups.request(member=mei, amount_fen=10_000, key="ask-1")
    freeze(mei)
    top_up_payables.take(asked.number, attempt_number="4200-1", kind="wechat_web", amount_fen=10_000)
    pay = {"member": mei, "amount_fen": 100, "key": "p1"}
    assert refused(lambda: stored_value_payments.spend(**pay)) == "member_frozen"
    freezes.unfreeze(member=mei, reason="已核实")
    assert stored_value_payments.spend(**pay).state == "committed"


def test_a_merge_keeps_a_person_frozen_and_its_undo_restores_both(mei, register):
    wang = freeze(register("13912345678"))
    merges.merge_manually(survivor=mei.customer, duplicate=wang.customer, proof="同一人")
    assert members.read_current(mei).is_frozen
    merge_undo.unmerge(merge=merges.list_merges()[0], reason="不是同一人")
    assert [Member.get_by_id(row.id).status for row in (mei, wang)] == ["active", "frozen"]


def test_two_clerks_who_freeze_at_once_leave_one_entry(mei):
    database.run_concurrently(2, lambda number: freeze(mei))
    assert AuditEntry.select().where(AuditEntry.action == "members.freeze").count() == 1


def test_control_without_the_lock_both_clerks_are_logged(mei, monkeypatch):
    monkeypatch.setattr(members, "lock", lambda member_id: Member.find(id=member_id))
    monkeypatch.setattr(members, "ensure_open", with_barrier(members.ensure_open))
    with without_write_queue():
        database.run_concurrently(2, lambda number: freeze(mei))
    assert AuditEntry.select().where(AuditEntry.action == "members.freeze").count() == 2
