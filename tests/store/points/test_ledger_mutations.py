"""Mutations of the point ledger: the state machine must detect each of them."""

import pytest

from store.customers.merging import undo as merge_undo
from store.points import expiry as point_expiry
from store.points import ledger as point_ledger
from store.points import merging as point_merging
from store.points import payments as point_payments
from store.points import points
from store.points import postings as point_postings
from store.points import reversals as point_reversals
from tests.support.point_ledger_machine import ScenarioMachine, mistaken_merge_runs
from tests.support.state_machine import detects, detects_in_runs, merge_rules_only, mutated

MUTANTS = [
    (point_postings, "unexpired_lots", "expires_at NULLS LAST", "expires_at DESC NULLS LAST"),
    (point_postings, "unexpired_lots", "NULLS LAST, id", "NULLS LAST, id DESC"),
    (point_postings, "unexpired_lots", "OR expires_at > ?", "OR expires_at > ? OR 1"),
    (point_postings, "usable_lots", " if lot.effective_at <= now", ""),
    (
        point_postings,
        "allocate_from_lots",
        "lot.update_fields(remaining=lot.remaining - part)",
        "lot.update_fields(remaining=0)",
    ),
    (
        point_postings,
        "allocate_from_lots",
        "lot.update_fields(remaining=lot.remaining - part)",
        "lot.update_fields(remaining=lot.remaining - part + 1)",
    ),
    (point_postings, "allocate_from_lots", "LotAllocation.create(entry=entry, lot=lot, value=part)", "pass"),
    (point_postings, "return_to_lot", "remaining=lot.remaining + value", "remaining=lot.remaining"),
    (point_postings, "pay_debts", "debt=account.debt - paid", "debt=0"),
    (point_postings, "post_entry", "if ENTRY_KINDS[kind].accumulates else 0", "if value else 0"),
    (point_postings, "post_entry", "account.accumulated + (", "account.accumulated + 0 * ("),
    (point_postings, "post_entry", "account.available + entry.signed_value", "account.available + value"),
    (points, "earn", "postings.pay_debts(held)", "pass"),
    (points, "earn", "if before is not None:", "if False:"),
    (points, "spend", "usable < value", "usable < value - 1"),
    (points, "spend", "if before is not None:", "if False:"),
    (point_merging, "_merge_accounts", "_settle_debts(accounts, kept)", "pass"),
    (point_merging, "_merge_accounts", "(PointEntry.account, PointLot.account)", "(PointEntry.account,)"),
    (point_merging, "_merge_accounts", " + getattr(lost, name)", ""),
    (point_reversals, "_points_of_return", "* returned)", "* Fraction(numerator, denominator))"),
    (
        point_reversals,
        "returned_share",
        "total + Fraction(part, whole)",
        "total + Fraction(part, parts[0][1])",
    ),
    (point_reversals, "_points_of_return", " - sum(row.value for row in earlier)", ""),
    (point_reversals, "_points_of_return", "if returned > 1:", "if returned > 2:"),
    (point_reversals, "_find_existing", "return found", "return None"),
    (point_reversals, "_newly_expired", " - int(counted)", ""),
    (point_reversals, "_expired_unspent", "lot.remaining if over else 0", "0"),
    (point_reversals, "_expired_unspent", "+ late", "+ 0"),
    (point_reversals, "_expired_in_replacement", "ended -= part", "pass"),
    (point_reversals, "_expired_in_replacement", "int(given)", "0"),
    (point_reversals, "_expired_in_replacement", "min(ended, value)", "value"),
    (point_reversals, "reverse_earned", "min(share, _newly_expired(earned, own))", "0"),
    (point_reversals, "reverse_earned", "lot.id != own.id", "lot.id * 0"),
    (point_reversals, "reverse_earned", "debt=held.debt + taken", "debt=taken"),
    (
        point_reversals,
        "reverse_earned",
        "missing if settings.read(PointReversalSettings).waive_spent else 0",
        "0",
    ),
    (point_reversals, "refund_redeemed", "postings.pay_debts(held)", "pass"),
    (point_reversals, "_return_to_lots", "lot.expires_at > now", "True"),
    (point_reversals, "_return_to_lots", "timedelta(days=1)", "timedelta(days=2)"),
    (point_reversals, "_allocations_newest_first", "LotAllocation.id.desc()", "LotAllocation.id"),
    (point_reversals, "_allocations_newest_first", "min(refunded, relation.value)", "0"),
    (point_expiry, "_due_lot_ids", "<= ended", "< ended"),
    (point_expiry, "_update_balances", "PointAccount.available - ending.c.value", "PointAccount.available"),
    (point_expiry, "_update_balances", "PointAccount.expired + ending.c.value", "PointAccount.expired"),
    (point_payments, "hold", "if live is not None:", "if False:"),
    (point_payments, "release", 'reversals.refund_redeemed(key=row.entry.key, number="release")', "pass"),
    (point_payments, "release", 'if row.state != "held":', "if False:"),
    (point_payments, "refund", 'or row.state != "committed"', ""),
]

MERGE_MUTANTS = [
    (point_merging, "_settle_debts", "merge_journal.record_step(", "(lambda *about: None)("),
    (
        point_merging,
        "_undo_merge_accounts",
        "remaining=PointLot.remaining + crossing.value",
        "remaining=PointLot.remaining",
    ),
    (point_merging, "_undo_merge_accounts", "crossing.delete_instance()", "pass"),
    (point_merging, "_undo_merge_accounts", "border.entries | border.entries_since", "border.entries"),
    (point_merging, "_undo_merge_accounts", "border.lots | border.replacement_lots", "border.lots"),
    (
        point_merging,
        "_undo_merge_accounts",
        "(lost, PointAccount.get_by_id(border.accounts.survivor_id))",
        "(lost,)",
    ),
    (point_merging, "_undo_merge_accounts", "postings.recompute_balances(account)", "pass"),
    (point_merging, "_undo_merge_accounts", "postings.pay_debts(account)", "pass"),
    (point_merging, "_find_blockers", "yield from _spent_blockers(border)", "pass"),
    (point_merging, "_find_blockers", "yield from _reversal_blockers(border)", "pass"),
    (point_merging, "_find_blockers", "_has_expired(relation.lot)", "False"),
    (point_merging, "_spent_blockers", "if relation.entry_id in returned:", "if False:"),
    (point_merging, "_AccountSplit.cancelled_redemptions", '"redemption_cancelled"', '"return_reversal"'),
    (point_merging, "_AccountSplit.replacement_lots", "if self.cancelled_redemptions", "if False"),
    (
        point_merging,
        "_AccountSplit.entries_since",
        "self.lots | self.replacement_lots",
        "self.replacement_lots",
    ),
    (point_merging, "_AccountSplit.entries_since", "self.lots | self.replacement_lots", "self.lots"),
    (
        point_merging,
        "_AccountSplit.cross_allocations",
        "(given.entry in entries) != (",
        "given.entry not in entries and (",
    ),
    (
        point_merging,
        "_AccountSplit.cross_allocations",
        "(given.entry in entries) != (given",
        "given.entry in entries and (given",
    ),
    (point_merging, "_AccountSplit._is_debt", "relation.id in", "0 in"),
    (point_merging, "_AccountSplit._is_debt", "and relation.entry_id in self.entries", ""),
    (point_postings, "recompute_balances", "if ENTRY_KINDS[kind].accumulates", ""),
    (point_postings, "recompute_balances", "debt.outstanding for", "0 for"),
    (point_postings, "_open_debts", ".order_by(PointEntry.id)", ".order_by(PointEntry.id.desc())"),
    (merge_undo, "list_later_merges", "{row.survivor_id, row.duplicate_id}", "{row.survivor_id}"),
    (merge_undo, "list_later_merges", "{row.survivor_id, row.duplicate_id}", "{row.duplicate_id}"),
    (merge_undo, "list_later_merges", " & Merge.undone_at.is_null()", ""),
    (merge_undo, "_global_blockers", "timedelta(days=UNDO_DAYS)", "timedelta(days=UNDO_DAYS + 1)"),
    (merge_undo, "_global_blockers", "merge.merged_at < clock", "merge.merged_at <= clock"),
    (merge_undo, "_split", "rule.undo(rule.field, each)", "pass"),
]


@pytest.fixture(autouse=True)
def sqlite_once(database_kind):
    """Whether the machine sees is a question to the machine, not to the database."""
    if database_kind == "postgresql":
        pytest.skip("shown on SQLite")
    with merge_rules_only(point_ledger, point_payments):
        yield


def test_lives_without_a_fault_come_out_as_in_the_book(acme):
    """The control: such lives find nothing where there is nothing."""
    assert not detects(ScenarioMachine, runs=25)
    assert not detects_in_runs(mistaken_merge_runs(turns=2))


@pytest.mark.parametrize("fault", MUTANTS, ids=lambda fault: f"{fault[1]}: {fault[2]}")
def test_a_seeded_fault_is_noticed(acme, fault):
    with mutated(*fault):
        assert detects(ScenarioMachine)


@pytest.mark.parametrize("fault", MERGE_MUTANTS, ids=lambda fault: f"{fault[1]}: {fault[2]}")
def test_a_seeded_fault_of_merges_is_noticed(acme, fault):
    with mutated(*fault):
        assert detects_in_runs(mistaken_merge_runs())


def test_a_kind_that_counts_wrongly_is_noticed(acme, monkeypatch):
    kinds = point_ledger.ENTRY_KINDS | {"gift_redemption": point_ledger.EntryKind(-1, True, "礼品兑换")}
    monkeypatch.setattr(point_postings, "ENTRY_KINDS", kinds)
    assert detects(ScenarioMachine)
