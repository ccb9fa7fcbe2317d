"""Every promise of the verifier is broken once behind the verbs' back, and has to be seen broken."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from store import daily_close
from store.check_ins import check_ins
from store.core import clock, events, outbox
from store.core.database import db
from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons import redemptions as coupon_redemptions
from store.customers import customers, followers, members, programmes, sms_codes
from store.integrity import verifier
from store.membership import registration
from store.official_accounts import qr_codes
from store.points import accrual as point_accrual
from store.points import expiry as point_expiry
from store.points import order_accrual as point_order_accrual
from store.points import payments as point_payments
from store.points import points
from store.points import reversals as point_reversals
from store.points import rules as point_rules
from store.shops import favourites as shop_favourites
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.stored_value import payments as stored_value_payments
from store.stored_value import top_up_payments, top_up_refunds, top_up_rules, top_ups
from store.tenants import business_days, channels, cost_centres, registry
from store.tenants.registry import AccountKey, Tenant
from store.tiers import rules as tier_rules
from store.tiers import tiers
from tests.support import coupon_fixtures, snapshots


def test_a_application_that_lives_by_its_verbs_is_right(tenant_with_history):
    assert find_violations() == set()


def test_the_empty_application_is_right(acme):
    assert find_violations() == set()


DAMAGING_SQL = {
    "points.accumulated": "UPDATE point_account SET accumulated = accumulated + 1 WHERE id = 1",
    "points.available": "UPDATE point_account SET available = available - 1 WHERE id = 1",
    "points.expired": "UPDATE point_account SET expired = 3 WHERE id = 1",
    "points.remaining": "UPDATE point_account SET debt = 2 WHERE id = 1",
    "points.lots": 'UPDATE point_lot SET "remaining" = value + 1 WHERE id = 1',
    "points.lot_of_entry": 'UPDATE point_lot SET value = value + 1, "remaining" = "remaining" + 1 WHERE id = 2',
    "points.entry_of_lot": (
        "UPDATE point_lot SET entry_id = "
        "(SELECT id FROM point_entry WHERE kind = 'manual_decrease') WHERE id = 1"
    ),
    "points.debits": "DELETE FROM lot_allocation",
    "points.debt": "UPDATE point_account SET debt = 1, available = available - 1 WHERE id = 1",
    "points.debt_first": "UPDATE point_account SET debt = 1 WHERE id = 1",
    "points.expired_once": (
        "INSERT INTO lot_allocation (entry_id, lot_id, value) SELECT entry_id, lot_id, value "
        "FROM lot_allocation WHERE entry_id IN (SELECT id FROM point_entry WHERE kind = 'expiry')"
    ),
    "points.expired_in_time": (
        "UPDATE point_lot SET expires_at = '2099-01-01 00:00:00' WHERE expires_at IS NOT NULL"
    ),
    "points.spent_in_time": "UPDATE point_lot SET expires_at = '2020-01-01 00:00:00'",
    "points.earned_once": (
        "INSERT INTO point_entry (account_id, kind, value, key, at, effective_at, upgrade_eligible, source, "
        "rule_id, order_number, order_line, reason) SELECT account_id, kind, value, 'again', at, effective_at, "
        "upgrade_eligible, source, rule_id, order_number, order_line, reason FROM point_entry "
        "WHERE kind = 'transaction' AND rule_id IS NOT NULL"
    ),
    "points.lot_usage": "UPDATE lot_allocation SET value = value + 1",
    "point_payments.debited": "UPDATE point_payment SET points = points + 1",
    "point_payments.released": "UPDATE point_payment SET state = 'released'",
    "purchases.returned": "UPDATE purchase SET returned_fen = returned_fen + 1",
    "points.order": "UPDATE purchase SET order_number = 'another'",
    "points.rule": "DELETE FROM point_rule",
    "points.cost_centre": "UPDATE cost_centre SET code = 'another'",
    "point_reversals.share": "UPDATE point_reversal SET value = value + 1, posted_points = posted_points + 1",
    "point_reversals.entries": (
        "UPDATE point_reversal SET posted_points = posted_points - 1, waived_points = waived_points + 1"
    ),
    "point_reversals.account": (
        "UPDATE point_entry SET account_id = (SELECT MAX(id) FROM point_account) WHERE reverses_id IS NOT NULL"
    ),
    "point_reversals.parts": "UPDATE point_reversal SET waived_points = waived_points + 1",
    "points.cross_account": "UPDATE lot_allocation SET lot_id = (SELECT MAX(id) FROM point_lot)",
    "tiers.one_active": "UPDATE tier_record SET ended_at = started_at",
    "tiers.members_only": "UPDATE member SET joined_at = NULL",
    "tiers.programme": "UPDATE tier SET programme_id = 2",
    "tiers.time": "UPDATE tier_record SET valid_until = started_at",
    "tiers.explained": "UPDATE tier_record SET kind = 'upgraded', explanation = NULL",
    "tiers.base_permanent": "UPDATE tier_record SET valid_until = '2099-01-01 00:00:00'",
    "tiers.ranges": "UPDATE tier_rule SET below = 1",
    "tiers.evaluated": "UPDATE tier_record SET started_at = '2020-01-01', valid_until = '2020-02-01 00:00:00'",
    "points.accounts": "DELETE FROM point_account WHERE group_id = 2",
    "identities.one_phone": (
        "INSERT INTO identity (customer_id, provider, account, subject, bound_at) "
        "SELECT customer_id, provider, account, subject || 'x', bound_at FROM identity WHERE provider = 'phone'"
    ),
    "identities.active": (
        "UPDATE identity SET customer_id = (SELECT id FROM customer WHERE merged_into_id IS NOT NULL) "
        "WHERE provider = 'phone'"
    ),
    "merges.recorded": 'DELETE FROM "merge"',
    "merges.effective": 'UPDATE "merge" SET survivor_id = duplicate_id',
    "merges.journal": "DELETE FROM merge_step WHERE id = (SELECT MAX(id) FROM merge_step)",
    "merges.complete": (
        "UPDATE check_in SET member_id = "
        "(SELECT id FROM member WHERE merged_into_id IS NOT NULL) WHERE id = 1"
    ),
    "check_ins.streak": "UPDATE check_in SET streak = 2 WHERE id = 1",
    "check_ins.points": "UPDATE point_entry SET key = 'x' || key WHERE behaviour = 'check_in'",
    "check_ins.make_ups": (
        "INSERT INTO make_up (member_id, day, price, at) SELECT member_id, '2020-01-01', 0, at FROM check_in "
        "WHERE id = 1"
    ),
    "follows.counts": "UPDATE follow SET follow_count = 0",
    "qr_codes.counts": "UPDATE qr_code SET follows = scans + 1",
    "stored_value.entries": "UPDATE stored_value_entry SET wechat_fen = wechat_fen - 1 WHERE id = 1",
    "stored_value.balanced": "UPDATE stored_value_account SET principal_fen = principal_fen + 1 WHERE id = 1",
    "stored_value.principal": "UPDATE stored_value_account SET principal_fen = principal_fen - 1 WHERE id = 1",
    "stored_value.bonus": "UPDATE stored_value_account SET bonus_fen = bonus_fen + 1 WHERE id = 1",
    "stored_value.held": "UPDATE stored_value_account SET held_fen = held_fen - 1 WHERE id = 1",
    "stored_value.limits": "UPDATE stored_value_account SET limit_fen = 0 WHERE id = 1",
    "stored_value.merged": "UPDATE stored_value_account SET merged_into_id = id WHERE id = 1",
    "stored_value.top_ups": (
        "UPDATE stored_value_entry SET principal_fen = 2 * principal_fen, wechat_fen = 2 * wechat_fen "
        "WHERE kind = 'top_up'"
    ),
    "stored_value.top_up_refunds": "UPDATE top_up SET refunded_fen = refunded_fen + 1",
    "stored_value.refunds_payable": "UPDATE top_up_refund SET state = 'completed'",
    "stored_value.payments": "UPDATE stored_value_payment SET state = 'released' WHERE state = 'held'",
    "stored_value.same_member": "UPDATE stored_value_entry SET account_id = 999 WHERE kind = 'spend_refunded'",
    "stored_value.shares": (
        "UPDATE stored_value_payment SET principal_fen = principal_fen + 1, bonus_fen = bonus_fen - 1"
    ),
    "qr_codes.shops": "UPDATE qr_code SET target = 'sho_nowhere'",
    "coupons.issued": "UPDATE coupon_rule SET issued = issued + 1",
    "coupons.stock": "UPDATE coupon_rule SET stock = stock + 1",
    "coupons.approved": "UPDATE coupon_rule SET requested_by = approver",
    "coupons.used_once": (
        "INSERT INTO coupon_redemption (coupon_id, member_id, order_number, state, value_fen, "
        "amounts_by_line, order_fen, "
        "basket_fingerprint, shop_code, held_at) "
        "SELECT id, member_id, 'another', 'held', 500, '{\"1\":500}', 5000, '', '', "
        "received_at FROM coupon WHERE state = 'issued'"
    ),
    "coupons.cost_centre": "UPDATE cost_centre SET code = 'another'",
    "coupons.used_by_holder": "UPDATE coupon_redemption SET member_id = (SELECT MIN(id) FROM member)",
    "coupons.used_in_time": "UPDATE coupon_redemption SET held_at = '2020-01-01 00:00:00'",
    "coupons.claim_limit": "UPDATE coupon SET sequence = 3 WHERE issue_key = 'claim'",
    "coupons.gifts": "UPDATE coupon_gift SET state = 'declined' WHERE state = 'offered'",
    "coupons.holders": "UPDATE coupon_gift SET receiver_id = NULL",
    "coupons.split": "UPDATE coupon_redemption SET value_fen = value_fen + 1",
    "daily_close.order": "DELETE FROM daily_close_step WHERE step = 'tiers'",
    "daily_close.finished": "UPDATE daily_close_step SET state = 'running', started_at = '2020-01-01 00:00:00'",
    "reminders.recorded": "DELETE FROM event WHERE kind = 'points.ending_soon'",
    "references.exist": "UPDATE customer SET first_shop_id = 999 WHERE id = 1",
    "deliveries.complete": (
        "DELETE FROM event_delivery WHERE subscriber = 'follow_rewards.grant' "
        "AND id > (SELECT MIN(id) FROM event_delivery WHERE subscriber = 'follow_rewards.grant')"
    ),
    "deliveries.started": "DELETE FROM event_delivery",
    "deliveries.on_time": "UPDATE event_delivery SET due_at = '2020-01-01 00:00:00'",
    "deliveries.dead": "UPDATE event_delivery SET state = 'dead' WHERE id = 1",
    "operations.chain": "UPDATE audit_entry SET actor = 'someone else' WHERE id = 2",
}


@pytest.mark.parametrize("name", DAMAGING_SQL)
def test_a_broken_promise_is_found(tenant_with_history, name):
    with without_constraints():
        db.database.execute_sql(DAMAGING_SQL[name])
        assert name in find_violations()


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM audit_entry WHERE id = (SELECT MAX(id) FROM audit_entry)",
        "DELETE FROM audit_entry WHERE id = 2",
        "DELETE FROM audit_chain_head",
        "DELETE FROM audit_entry",
    ],
)
def test_a_gap_in_the_operation_log_is_found(tenant_with_history, damage):
    with without_constraints():
        db.database.execute_sql(damage)
        assert "operations.chain" in find_violations()


def test_a_favourite_of_no_shop_is_found(tenant_with_history):
    with without_constraints():
        db.database.execute_sql("UPDATE favourite SET target_id = 999")
        assert "references.exist" in find_violations()


def test_a_lease_that_runs_is_not_called_stuck(tenant_with_history):
    outbox.claim()
    with without_constraints():
        db.database.execute_sql("UPDATE event_delivery SET due_at = '2020-01-01 00:00:00'")
        assert "deliveries.on_time" not in find_violations()


def test_an_account_missing_from_the_registry_is_found(tenant_with_history, registry_damage):
    AccountKey.update(kind="sms").where(AccountKey.key == "acme-mp").execute()
    assert find_violations() == {"channels.registered"}
    AccountKey.delete().where(AccountKey.key == "acme-mp").execute()
    assert find_violations() == {"channels.registered"}


def test_a_key_without_an_account_is_found(tenant_with_history, registry_damage):
    AccountKey.create(key="ghost", kind="sms", tenant=Tenant.get(Tenant.slug == "acme"))
    assert find_violations() == {"channels.exist"}


def test_each_promise_has_a_test_that_breaks_it():
    elsewhere = {"channels.registered", "channels.exist"}
    assert {check.name for check in verifier.CHECKS} == set(DAMAGING_SQL) | elsewhere


def test_a_stranger_s_damage_is_not_ours(tenant_with_history):
    with registry.use_tenant("rival"), without_constraints():
        db.database.execute_sql("DELETE FROM audit_chain_head")
        assert find_violations() == {"operations.chain"}
    assert find_violations() == set()


def test_a_thousand_broken_rows_are_reported_a_hundred_at_most(tenant_with_history):
    customer = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mp"), openid="o-many", source="wechat_official"
    )
    with without_constraints():
        rows = [{"kind": "seen", "customer_id": customer.id, "shop_id": 999} for _ in range(150)]
        events.Event.insert_many(rows).execute()
        found = {check.name: len(found) for check, found in verifier.run_checks() if found}
    assert found == {"references.exist": 100}


@snapshots.snapshot_fixture
def tenant_with_history() -> None:
    """Some life in acme: follows, a merge, check-ins, points both ways, a scan, a favourite."""
    shop = shops.create_shop(code="S1", name="一号店", location=Coordinates(121.47, 31.23))
    account = channels.get_by_key("acme-mp")
    mei, wang, qiang = (followers.follow(channel=account, openid=f"o{name}").customer for name in "mwq")
    followers.unfollow(channel=account, openid="oq")
    for person in (mei, wang):
        check_ins.check_in(customer=person, source="menu")
        member = _register(person)
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
    programmes.create_programme(code="second", name="另一个计划")


def _create_stored_value_history(member: members.Member) -> None:
    """Stored value topped up with a bonus, spent and returned in part, held, and asked back in part."""
    steps = [{"amount_fen": 10_000, "bonus_fen": 1_000}]
    top_up_rules.add(code="summer", name="充100送10", steps=steps)
    row = top_ups.request(member=member, amount_fen=10_000, channel="wechat", key="a-1")
    top_up_payments.confirm(number=row.number, channel="wechat", platform_number="p-1", amount_fen=10_000)
    stored_value_payments.spend(member=member, amount_fen=1_100, key="o-1")
    stored_value_payments.refund(key="o-1", amount_fen=500, refund_key="r-1")
    stored_value_payments.hold(member=member, amount_fen=1_100, key="o-2")
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
    point_payments.hold(member=member, order_number="next", value=5, total_fen=100)
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
    """All of them under one phone, so that they become one person."""
    sms_codes.SmsCode.delete().execute()
    code = sms_codes.request(phone="+8613812345678", purpose="register", client_ip="")
    return registration.register_by_sms(phone="13812345678", code=code, source="h5", customer=person)


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


def _close_day_with_reminder(mei: members.Member) -> None:
    """Points that end in a week, of which the daily close reminds."""
    until = business_days.end_of(business_days.today() + timedelta(days=7))
    points.earn(member=mei, kind="promotion", value=5, key="week", expires_at=until)
    daily_close.close_open_days()


@pytest.fixture
def registry_damage() -> Iterator[None]:
    """The registry open for damage, which is undone afterwards: all tests of a run share it."""
    with registry.registry_database.connection_context(), registry.registry_database.atomic() as undo:
        yield
        undo.rollback()


@contextmanager
def without_constraints() -> Iterator[None]:
    """A transaction without the database's own guards, undone at the end."""
    with db.database.atomic() as undo:
        for statement in _CONSTRAINT_SETTINGS[db.is_postgresql()]:
            db.database.execute_sql(statement)
        yield
        undo.rollback()
    if not db.is_postgresql():
        db.database.execute_sql("PRAGMA ignore_check_constraints = 0")


# The guards to lift on SQLite and on PostgreSQL, where a rollback brings a dropped constraint back.
_CONSTRAINT_SETTINGS = {
    False: (
        "PRAGMA ignore_check_constraints = 1",
        "PRAGMA defer_foreign_keys = 1",
        "DROP TRIGGER stored_value_entry_no_update",
    ),
    True: (
        "SET LOCAL session_replication_role = replica",
        "ALTER TABLE point_lot DROP CONSTRAINT point_lot_check",
        "ALTER TABLE stored_value_entry DROP CONSTRAINT stored_value_entry_check",
        "ALTER TABLE stored_value_account DROP CONSTRAINT stored_value_account_check",
        "ALTER TABLE point_reversal DROP CONSTRAINT point_reversal_check",
        "ALTER TABLE point_reversal DROP CONSTRAINT point_reversal_check1",
    ),
}


def find_violations() -> set[str]:
    return {check.name for check, found in verifier.run_checks() if found}
