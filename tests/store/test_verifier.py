"""Every promise of the verifier is broken once behind the verbs' back, and has to be seen broken."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from store import verifier
from store.activities import qr_codes
from store.company import calendar, channels, tenants
from store.company.tenants import AccountKey, Tenant
from store.kernel import clock, db, deliveries, events
from store.loyalty import (
    accrual,
    accruals,
    check_ins,
    cost_centres,
    coupon_gifts,
    coupon_uses,
    coupons,
    memberships,
    nights,
    point_expiry,
    point_payments,
    point_returns,
    point_rules,
    points,
    tier_rules,
    tiers,
    top_up_payments,
    top_up_refunds,
    top_up_rules,
    top_ups,
    value_spends,
)
from store.people import codes, customers, fans, members, programmes
from store.shop import favourites, shops
from store.shop.places import Place
from tests import worlds
from tests.store.loyalty import coupon_world


def test_a_house_that_lives_by_its_verbs_is_right(busy_town):
    assert broken() == set()


def test_the_empty_house_is_right(acme):
    assert broken() == set()


BREAKS = {
    "points.accumulated": "UPDATE point_account SET accumulated = accumulated + 1 WHERE id = 1",
    "points.available": "UPDATE point_account SET available = available - 1 WHERE id = 1",
    "points.expired": "UPDATE point_account SET expired = 3 WHERE id = 1",
    "points.left": "UPDATE point_account SET owed = 2 WHERE id = 1",
    "points.lots": 'UPDATE point_lot SET "left" = value + 1 WHERE id = 1',
    "points.lot_of_entry": 'UPDATE point_lot SET value = value + 1, "left" = "left" + 1 WHERE id = 2',
    "points.entry_of_lot": (
        "UPDATE point_lot SET entry_id = "
        "(SELECT id FROM point_entry WHERE kind = 'manual_decrease') WHERE id = 1"
    ),
    "points.taken": "DELETE FROM point_relation",
    "points.owed": "UPDATE point_account SET owed = 1, available = available - 1 WHERE id = 1",
    "points.owed_first": "UPDATE point_account SET owed = 1 WHERE id = 1",
    "points.expired_once": (
        "INSERT INTO point_relation (entry_id, lot_id, value) SELECT entry_id, lot_id, value "
        "FROM point_relation WHERE entry_id IN (SELECT id FROM point_entry WHERE kind = 'expiry')"
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
    "points.given": "UPDATE point_relation SET value = value + 1",
    "point_payments.taken": "UPDATE point_payment SET points = points + 1",
    "point_payments.released": "UPDATE point_payment SET state = 'released'",
    "purchases.returned": "UPDATE purchase SET returned_fen = returned_fen + 1",
    "points.order": "UPDATE purchase SET order_number = 'another'",
    "points.rule": "DELETE FROM point_rule",
    "points.cost_centre": "UPDATE cost_centre SET code = 'another'",
    "point_returns.share": "UPDATE point_return SET value = value + 1, taken = taken + 1",
    "point_returns.entries": "UPDATE point_return SET taken = taken - 1, forgiven = forgiven + 1",
    "point_returns.account": (
        "UPDATE point_entry SET account_id = (SELECT MAX(id) FROM point_account) WHERE reverses_id IS NOT NULL"
    ),
    "point_returns.parts": "UPDATE point_return SET forgiven = forgiven + 1",
    "points.relations": "UPDATE point_relation SET lot_id = (SELECT MAX(id) FROM point_lot)",
    "tiers.one_active": "UPDATE tier_record SET ended_at = started_at",
    "tiers.members_only": "UPDATE member SET joined_at = NULL",
    "tiers.programme": "UPDATE tier SET programme_id = 2",
    "tiers.time": "UPDATE tier_record SET valid_until = started_at",
    "tiers.explained": "UPDATE tier_record SET kind = 'upgraded', because = NULL",
    "tiers.base_stays": "UPDATE tier_record SET valid_until = '2099-01-01 00:00:00'",
    "tiers.ranges": "UPDATE tier_rule SET below = 1",
    "tiers.settled": "UPDATE tier_record SET started_at = '2020-01-01', valid_until = '2020-02-01 00:00:00'",
    "points.accounts": "DELETE FROM point_account WHERE group_id = 2",
    "identities.one_phone": (
        "INSERT INTO identity (customer_id, provider, account, subject, bound_at) "
        "SELECT customer_id, provider, account, subject || 'x', bound_at FROM identity WHERE provider = 'phone'"
    ),
    "identities.living": (
        "UPDATE identity SET customer_id = (SELECT id FROM customer WHERE merged_into_id IS NOT NULL) "
        "WHERE provider = 'phone'"
    ),
    "merges.recorded": 'DELETE FROM "merge"',
    "merges.in_force": 'UPDATE "merge" SET survivor_id = lost_id',
    "merges.journal": "DELETE FROM merge_step WHERE id = (SELECT MAX(id) FROM merge_step)",
    "merges.nothing_left": (
        "UPDATE check_in SET member_id = "
        "(SELECT id FROM member WHERE merged_into_id IS NOT NULL) WHERE id = 1"
    ),
    "check_ins.streak": "UPDATE check_in SET streak = 2 WHERE id = 1",
    "check_ins.points": "UPDATE point_entry SET key = 'x' || key WHERE behaviour = 'check_in'",
    "check_ins.made_up": (
        "INSERT INTO make_up (member_id, day, price, at) SELECT member_id, '2020-01-01', 0, at FROM check_in "
        "WHERE id = 1"
    ),
    "follows.counts": "UPDATE follow SET times = 0",
    "qr_codes.counts": "UPDATE qr_code SET follows = scans + 1",
    "value.entries": "UPDATE value_entry SET wechat_fen = wechat_fen - 1 WHERE id = 1",
    "value.whole": "UPDATE value_account SET principal_fen = principal_fen + 1 WHERE id = 1",
    "value.principal": "UPDATE value_account SET principal_fen = principal_fen - 1 WHERE id = 1",
    "value.bonus": "UPDATE value_account SET bonus_fen = bonus_fen + 1 WHERE id = 1",
    "value.held": "UPDATE value_account SET held_fen = held_fen - 1 WHERE id = 1",
    "value.limits": "UPDATE value_account SET limit_fen = 0 WHERE id = 1",
    "value.merged": "UPDATE value_account SET merged_into_id = id WHERE id = 1",
    "value.top_ups": (
        "UPDATE value_entry SET principal_fen = 2 * principal_fen, wechat_fen = 2 * wechat_fen "
        "WHERE kind = 'top_up'"
    ),
    "value.top_up_refunds": "UPDATE top_up SET refunded_fen = refunded_fen + 1",
    "value.returns": "UPDATE top_up_refund SET state = 'done'",
    "value.spends": "UPDATE value_spend SET state = 'released' WHERE state = 'held'",
    "value.card": "UPDATE value_entry SET account_id = 999 WHERE kind = 'spend_refunded'",
    "value.shares": "UPDATE value_spend SET principal_fen = principal_fen + 1, bonus_fen = bonus_fen - 1",
    "qr_codes.shops": "UPDATE qr_code SET target = 'sho_nowhere'",
    "coupons.issued": "UPDATE coupon_rule SET issued = issued + 1",
    "coupons.stock": "UPDATE coupon_rule SET stock = stock + 1",
    "coupons.approved": "UPDATE coupon_rule SET asked_by = approver",
    "coupons.used_once": (
        "INSERT INTO coupon_use (coupon_id, member_id, order_number, state, value_fen, lines, order_fen, "
        "basket, shop, held_at) SELECT id, member_id, 'another', 'held', 500, '{\"1\":500}', 5000, '', '', "
        "received_at FROM coupon WHERE state = 'issued'"
    ),
    "coupons.cost_centre": "UPDATE cost_centre SET code = 'another'",
    "coupons.used_by_holder": "UPDATE coupon_use SET member_id = (SELECT MIN(id) FROM member)",
    "coupons.used_in_time": "UPDATE coupon_use SET held_at = '2020-01-01 00:00:00'",
    "coupons.claim_limit": "UPDATE coupon SET nth = 3 WHERE origin = 'claim'",
    "coupons.gifts": "UPDATE coupon_gift SET state = 'refused' WHERE state = 'offered'",
    "coupons.holders": "UPDATE coupon_gift SET receiver_id = NULL",
    "coupons.split": "UPDATE coupon_use SET value_fen = value_fen + 1",
    "nights.order": "DELETE FROM night_step WHERE step = 'tiers'",
    "nights.done": "UPDATE night_step SET state = 'running', started_at = '2020-01-01 00:00:00'",
    "reminders.told": "DELETE FROM event WHERE kind = 'points.ending_soon'",
    "references.exist": "UPDATE customer SET first_shop_id = 999 WHERE id = 1",
    "deliveries.complete": (
        "DELETE FROM delivery WHERE reaction = 'store.loyalty.follow_gifts.give' "
        "AND id > (SELECT MIN(id) FROM delivery WHERE reaction = 'store.loyalty.follow_gifts.give')"
    ),
    "deliveries.begun": "DELETE FROM delivery",
    "deliveries.moving": "UPDATE delivery SET due_at = '2020-01-01 00:00:00'",
    "deliveries.dead": "UPDATE delivery SET state = 'dead' WHERE id = 1",
    "operations.chain": "UPDATE operation SET actor = 'somebody else' WHERE id = 2",
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_promise_is_found(busy_town, name):
    with behind_the_verbs():
        db.database.execute_sql(BREAKS[name])
        assert name in broken()


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM operation WHERE id = (SELECT MAX(id) FROM operation)",
        "DELETE FROM operation WHERE id = 2",
        "DELETE FROM operation_head",
        "DELETE FROM operation",
    ],
)
def test_a_gap_in_the_operation_log_is_found(busy_town, damage):
    with behind_the_verbs():
        db.database.execute_sql(damage)
        assert "operations.chain" in broken()


def test_a_favourite_of_no_shop_is_found(busy_town):
    with behind_the_verbs():
        db.database.execute_sql("UPDATE favourite SET target_id = 999")
        assert "references.exist" in broken()


def test_a_lease_that_runs_is_not_called_stuck(busy_town):
    deliveries.claim()
    with behind_the_verbs():
        db.database.execute_sql("UPDATE delivery SET due_at = '2020-01-01 00:00:00'")
        assert "deliveries.moving" not in broken()


def test_an_account_missing_from_the_registry_is_found(busy_town, registry):
    AccountKey.update(kind="sms").where(AccountKey.key == "acme-mp").execute()
    assert broken() == {"channels.registered"}
    AccountKey.delete().where(AccountKey.key == "acme-mp").execute()
    assert broken() == {"channels.registered"}


def test_a_key_without_an_account_is_found(busy_town, registry):
    AccountKey.create(key="ghost", kind="sms", tenant=Tenant.get(Tenant.slug == "acme"))
    assert broken() == {"channels.known"}


def test_each_promise_has_a_test_that_breaks_it():
    elsewhere = {"channels.registered", "channels.known"}
    assert {check.name for check in verifier.CHECKS} == set(BREAKS) | elsewhere


def test_a_stranger_s_damage_is_not_ours(busy_town):
    with tenants.using("rival"), behind_the_verbs():
        db.database.execute_sql("DELETE FROM operation_head")
        assert broken() == {"operations.chain"}
    assert broken() == set()


def test_a_thousand_broken_rows_are_told_a_hundred_at_most(busy_town):
    customer = fans.known(channel=channels.of_key("acme-mp"), openid="o-many", source="wechat_official")
    with behind_the_verbs():
        rows = [{"kind": "seen", "customer_id": customer.id, "shop_id": 999} for _ in range(150)]
        events.Event.insert_many(rows).execute()
        found = {check.name: len(found) for check, found in verifier.run() if found}
    assert found == {"references.exist": 100}


@worlds.laid_out
def busy_town() -> None:
    """Some life in acme: follows, a merge, check-ins, points both ways, a scan, a favourite."""
    shop = shops.open_shop(code="S1", name="一号店", place=Place(121.47, 31.23))
    account = channels.of_key("acme-mp")
    mei, wang, qiang = (fans.follow(channel=account, openid=f"o{name}").customer for name in "mwq")
    fans.unfollow(channel=account, openid="oq")
    for person in (mei, wang):
        check_ins.check_in(customer=person, source="menu")
        member = _register(person)
    points.adjust(member=member, value=100, reason="补登", key="plus")
    points.adjust(member=member, value=-3, reason="误登", key="minus")
    _shop_and_return(member)
    _night(member)
    _let_some_end(member)
    points.adjust(member=members.of_customer(qiang), value=7, reason="补登", key="qiang")
    code = qr_codes.design(channel=account, kind="shop", target=shop.public_id, name="门口")
    qr_codes.scanned(channel=account, scene=code.scene, customer_id=mei.id, by_follow=False)
    favourites.add(customer=customers.survivor(mei), shop=shop)
    _trade(member)
    _coupons(member)
    programmes.open_programme(code="second", name="另一个计划")


def _trade(member: members.Member) -> None:
    """Stored value topped up with a bonus, spent and returned in part, held, and asked back in part."""
    steps = [{"amount_fen": 10_000, "bonus_fen": 1_000}]
    top_up_rules.add(code="summer", name="充100送10", steps=steps)
    row = top_ups.ask(member=member, amount_fen=10_000, channel="wechat", key="a-1")
    top_up_payments.confirm(number=row.number, channel="wechat", platform_number="p-1", amount_fen=10_000)
    value_spends.spend(member=member, amount_fen=1_100, key="o-1")
    value_spends.refund(key="o-1", amount_fen=500, refund_key="r-1")
    value_spends.hold(member=member, amount_fen=1_100, key="o-2")
    top_up_refunds.ask(number=row.number, amount_fen=1_000, key="t-1", reason="顾客要求")


def _shop_and_return(member: members.Member) -> None:
    """Ten yuan earn ten points; one piece of three comes back."""
    centre = cost_centres.open_cost_centre(code="marketing", name="市场部")
    gold = tiers.listing(member.programme_id)[0]
    rule = tier_rules.TierRule(tier=gold, basis="purchases", window_days=365, at_least=9)
    tier_rules.replace(programme=member.programme, rules=[rule])
    point_rules.add(
        group=points.groups(member.programme)[0], name="消费积分", basis="amount", points=1, per=100,
        cost_centre=centre,
    )  # fmt: skip
    line = accrual.OrderLine(line="1", product="milk", quantity=3, paid_fen=1000)
    order = accruals.PaidOrder(
        number="order", paid_at=clock.now(), lines=(line,), payments=(accrual.Payment("cash", 1000),)
    )
    accruals.book(member=member, order=order)
    point_payments.hold(member=member, order_number="next", value=5, total_fen=100)
    back = point_returns.ReturnedLine(line="1", part=1, whole=3)
    accruals.reverse(order_number="order", number="return", lines=[back], refunded_fen=333)


def _let_some_end(member: members.Member) -> None:
    """Two points that ended yesterday, and the night that took them."""
    today = calendar.today()
    points.earn(member=member, kind="promotion", value=2, key="short", expires_at=calendar.start_of(today))
    point_expiry.expire(day=today - timedelta(days=1))


def _register(person: customers.Customer) -> members.Member:
    """All of them under one phone, so that they become one person."""
    codes.SmsCode.delete().execute()
    code = codes.ask(phone="+8613812345678", purpose="register", address="")
    return memberships.register_by_sms(phone="13812345678", code=code, source="h5", customer=person)


def _coupons(mei: members.Member) -> None:
    """One used by whom it was given to, one on its way to a friend, one lying there."""
    rule = coupon_world.listed(stock=9)
    first, second, _ = (coupons.issue(rule=rule, member=mei, key=key) for key in ("a", "b", "c"))
    _, token = coupon_gifts.offer(coupon=first, giver=mei)
    friend = coupon_world.member(7)
    coupons.claim(rule=rule, member=friend, source="h5")
    coupon_gifts.accept(token=token, receiver=friend)
    coupon_uses.redeem(member=friend, codes=[first.code], basket=coupon_world.basket(), order_number="O1")
    coupon_gifts.offer(coupon=second, giver=mei)


def _night(mei: members.Member) -> None:
    """Points that end in a week, of which the night reminds."""
    until = calendar.end_of(calendar.today() + timedelta(days=7))
    points.earn(member=mei, kind="promotion", value=5, key="week", expires_at=until)
    nights.close_yesterday()


@pytest.fixture
def registry() -> Iterator[None]:
    """The registry open for damage, which is undone afterwards: all tests of a run share it."""
    with tenants.registry.connection_context(), tenants.registry.atomic() as undo:
        yield
        undo.rollback()


@contextmanager
def behind_the_verbs() -> Iterator[None]:
    """A transaction without the database's own guards, undone at the end."""
    with db.database.atomic() as undo:
        for statement in _LIFTED[db.on_postgresql()]:
            db.database.execute_sql(statement)
        yield
        undo.rollback()
    if not db.on_postgresql():
        db.database.execute_sql("PRAGMA ignore_check_constraints = 0")


# The guards to lift on SQLite and on PostgreSQL, where a rollback brings a dropped constraint back.
_LIFTED = {
    False: (
        "PRAGMA ignore_check_constraints = 1",
        "PRAGMA defer_foreign_keys = 1",
        "DROP TRIGGER value_entry_no_update",
    ),
    True: (
        "SET LOCAL session_replication_role = replica",
        "ALTER TABLE point_lot DROP CONSTRAINT point_lot_check",
        "ALTER TABLE value_entry DROP CONSTRAINT value_entry_check",
        "ALTER TABLE value_account DROP CONSTRAINT value_account_check",
        "ALTER TABLE point_return DROP CONSTRAINT point_return_check",
        "ALTER TABLE point_return DROP CONSTRAINT point_return_check1",
    ),
}


def broken() -> set[str]:
    return {check.name for check, found in verifier.run() if found}
