"""Every promise of the verifier is broken once behind the verbs' back, and has to be seen broken."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from store.core import events, outbox
from store.core.database import db
from store.customers import followers
from store.integrity import verifier
from store.tenants import channels, registry
from store.tenants.registry import AccountKey, Tenant
from tests.support.quick_verifier import QuickVerifier


def test_a_application_that_lives_by_its_verbs_is_right(tenant_with_history):
    assert find_violations() == set()


def test_the_empty_application_is_right(acme):
    assert find_violations() == set()


DAMAGING_SQL = {
    "member_cards.content": """UPDATE pack_card SET pushed = '{"points":1}' WHERE code = 'code1'""",
    "member_cards.pushed": "UPDATE pack_card SET call_open = true WHERE code = 'code1'",
    "member_cards.holder": "UPDATE pack_card SET member_id = NULL WHERE code = 'code1'",
    "member_cards.gifts": (
        "UPDATE pack_card SET template_id = (SELECT id FROM pack_template WHERE platform = 'alipay')"
        " WHERE code = 'code2'"
    ),
    "member_cards.templates": "UPDATE pack_template SET platform_id = NULL",
    "orders.lines": "UPDATE order_line SET list_fen = list_fen + 1",
    "orders.totals": 'UPDATE "order" SET money_fen = money_fen + 1',
    "orders.splits": "UPDATE order_tender SET fen = fen + 1 WHERE kind = 'points'",
    "orders.holds": "UPDATE point_payment SET state = 'released' WHERE state = 'held'",
    "orders.returns": (
        'UPDATE order_line SET quantity = 3 WHERE order_id IN (SELECT id FROM "order" WHERE original_id IS NOT NULL)'
    ),
    "orders.refunds": "UPDATE refund SET amount_fen = amount_fen + 1 WHERE method = 'cash'",
    "shop_orders.states": "UPDATE fulfilment SET state = 'completed'",
    "shop_orders.rows": "DELETE FROM fulfilment",
    "shop_orders.stock": "UPDATE fulfilment SET state = 'ready'",
    "shop_orders.steps": "UPDATE fulfilment_step SET state = 'closed'",
    "stock.on_hand": "UPDATE stock_level SET on_hand = on_hand + 1",
    "stock.reserved_ledger": "UPDATE stock_level SET reserved = reserved + 1",
    "stock.reserved": "UPDATE stock_reservation SET state = 'released' WHERE state = 'reserved'",
    "stock.sold": "UPDATE stock_level SET sold = sold - 1",
    "stock.limits": "UPDATE stock_level SET reserved = on_hand + 1",
    "stock.reservations": "UPDATE stock_reservation SET quantity = quantity + 1 WHERE state = 'sold'",
    "draws.count": "UPDATE activity SET draws_made = draws_made - 1",
    "draws.prizes": "UPDATE prize SET given = given - 1",
    "draws.wins": "DELETE FROM draw_win",
    "draws.numbers": "UPDATE draw SET place = NULL",
    "activity_budgets.sums": "UPDATE activity_budget_entry SET amount_fen = amount_fen + 1",
    "activity_budgets.reserved": "UPDATE activity_budget SET reserved_fen = reserved_fen - 1",
    "physical_cards.successor": "UPDATE physical_card SET replaces_id = NULL",
    "activation_codes.used": "UPDATE activation_code SET used_at = '2020-01-01 00:00:00'",
    "card_applications.cards": "UPDATE card_application SET card_id = NULL",
    "service_desk.purchases": "UPDATE desk_purchase SET amount_fen = amount_fen + 1",
    "appointments.days": "UPDATE appointment SET day = '2020-01-01'",
    "bookings.shops": "UPDATE queue_ticket SET shop_id = shop_id + 1",
    "reservations.steps": "UPDATE reservation_step SET state = 'agreed'",
    "closings.identities": (
        "UPDATE identity SET customer_id = (SELECT customer_id FROM member WHERE status = 'closed')"
    ),
    "closings.requested": "DELETE FROM membership_closing",
    "closings.empty": (
        "UPDATE coupon SET state = 'issued', member_id = (SELECT id FROM member WHERE status = 'closed')"
    ),
    "closings.on_time": "UPDATE membership_closing SET state = 'requested', due_day = '2020-01-01'",
    "stored_value.payouts": "UPDATE stored_value_payout SET amount_fen = amount_fen + 1",
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
        "rule_id, order_number, order_line, reason) SELECT account_id, kind, value, 'again' || id, at, effective_at, "
        "upgrade_eligible, source, rule_id, order_number, order_line, reason FROM point_entry "
        "WHERE kind = 'transaction' AND rule_id IS NOT NULL"
    ),
    "points.lot_usage": "UPDATE lot_allocation SET value = value + 1",
    "point_payments.debited": "UPDATE point_payment SET points = points + 1",
    "point_payments.released": "UPDATE point_payment SET state = 'released'",
    "purchases.returned": "UPDATE purchase SET returned_fen = returned_fen + 1",
    "points.order": "UPDATE purchase SET order_number = 'another' WHERE order_number = 'order'",
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
    "profiles.name_parts": (
        "INSERT INTO name_part (customer_id, part_hash) SELECT MIN(id), 7 FROM customer WHERE name IS NULL"
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
    "payments.amounts": "UPDATE payment_attempt SET taken_fen = taken_fen - 1 WHERE surplus_fen > 0",
    "payments.cash": "UPDATE payment_attempt SET change_fen = change_fen + 1 WHERE kind = 'cash'",
    "payments.refunds": "UPDATE payment_attempt SET refunded_fen = refunded_fen - 1 WHERE surplus_fen > 0",
    "payments.surplus": "UPDATE refund SET purpose = 'return'",
    "payments.platform_numbers": "UPDATE payment_attempt SET platform_number = 'same'",
    "payments.queried": "UPDATE payment_attempt SET next_query_at = NULL",
    "payments.refunds_sent": "UPDATE refund SET next_try_at = NULL",
    "payments.refunds_waiting": "UPDATE refund SET state = 'abnormal'",
    "red_packets.entries": "UPDATE red_packet SET amount_fen = amount_fen + 1 WHERE state = 'received'",
    "red_packets.budget": "UPDATE red_packet_counter SET used_fen = used_fen + 1 WHERE name = 'all'",
    "red_packets.orphans": "DELETE FROM red_packet WHERE state = 'requested'",
    "red_packets.planned": "UPDATE red_packet SET next_try_at = NULL",
    "red_packets.waiting": "UPDATE red_packet SET held = true, next_try_at = NULL WHERE state = 'requested'",
    "stored_value.entries": "UPDATE stored_value_entry SET money_fen = money_fen - 1 WHERE id = 1",
    "stored_value.balanced": "UPDATE stored_value_account SET principal_fen = principal_fen + 1 WHERE id = 1",
    "stored_value.principal": "UPDATE stored_value_account SET principal_fen = principal_fen - 1 WHERE id = 1",
    "stored_value.bonus": "UPDATE stored_value_account SET bonus_fen = bonus_fen + 1 WHERE id = 1",
    "stored_value.held": "UPDATE stored_value_account SET held_fen = held_fen - 1 WHERE id = 1",
    "stored_value.limits": "UPDATE stored_value_account SET limit_fen = 0 WHERE id = 1",
    "stored_value.merged": "UPDATE stored_value_account SET merged_into_id = id WHERE id = 1",
    "stored_value.top_ups": (
        "UPDATE stored_value_entry SET principal_fen = 2 * principal_fen, money_fen = 2 * money_fen "
        "WHERE kind = 'top_up'"
    ),
    "stored_value.money_kinds": "UPDATE stored_value_entry SET money_kind = 'cash' WHERE kind = 'top_up'",
    "stored_value.top_up_refunds": "UPDATE top_up SET refunded_fen = refunded_fen + 1",
    "stored_value.refunds_payable": "UPDATE top_up_refund SET state = 'completed'",
    "stored_value.payments": "UPDATE stored_value_payment SET state = 'released' WHERE state = 'held'",
    "stored_value.same_member": "UPDATE stored_value_entry SET account_id = 999 WHERE kind = 'spend_refunded'",
    "stored_value.shares": (
        "UPDATE stored_value_payment SET principal_fen = principal_fen + 1, bonus_fen = bonus_fen - 1"
    ),
    "qr_codes.shops": "UPDATE qr_code SET target = 'sho_nowhere'",
    "catalog.shop_products": "UPDATE shop_product SET lowest_fen = lowest_fen + 1",
    "catalog.published": "DELETE FROM shop_product",
    "flash_sales.ledger": "UPDATE flash_sale_item SET held = held + 1",
    "flash_sales.limit": "UPDATE flash_sale_item SET member_limit = 0",
    "flash_sales.orders": (
        "INSERT INTO flash_sale_entry (item_id, member_id, order_number, key, kind, held, sold, at)"
        " SELECT item_id, member_id, order_number, 'x', 'released', -2, 0, at FROM flash_sale_entry"
    ),
    "flash_sales.returned": "UPDATE flash_sale SET state = 'ended'",
    "flash_sales.reserved": "UPDATE flash_sale_item SET stock = stock + 1",
    "promotions.approved": "UPDATE promotion SET approved_version = 'another'",
    "promotions.limits": "UPDATE promotion_use SET times = 3",
    "promotions.quantities": "UPDATE promotion_quantity SET taken = 1",
    "promotions.orders": "UPDATE promotion_use SET off_fen = 1",
    "coupons.issued": "UPDATE coupon_rule SET issued = issued + 1",
    "coupons.stock": "UPDATE coupon_rule SET stock = stock + 1",
    "coupons.approved": "UPDATE approval SET version = 'another'",
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
    outbox.claim(limit=1_000)
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
        """DO $$ DECLARE found record; BEGIN
            FOR found IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
                WHERE contype = 'c' AND connamespace = current_schema()::regnamespace LOOP
                EXECUTE 'ALTER TABLE ' || found.owner || ' DROP CONSTRAINT ' || quote_ident(found.conname);
            END LOOP; END $$""",
    ),
}


_QUICK_VERIFIER = QuickVerifier()


def find_violations() -> set[str]:
    return {violation.check for violation in _QUICK_VERIFIER.list_violations()}
