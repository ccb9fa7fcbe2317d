"""Mistakes sown into the point ledger: the machine that walks beside the book has to stumble over each."""

import pytest

from store.loyalty import (
    point_accounts,
    point_expiry,
    point_merges,
    point_moves,
    point_payments,
    point_returns,
    points,
)
from store.people import unmerges
from tests.store.loyalty.ledger_life import HurriedLife, mistaken_lives
from tests.store.loyalty.walk import merging_only, sown, stumbles, stumbles_over

FAULTS = [
    (point_moves, "live_lots", '.asc(nulls="LAST")', '.desc(nulls="LAST")'),
    (point_moves, "live_lots", ", PointLot.id)", ", PointLot.id.desc())"),
    (point_moves, "live_lots", " & unended", ""),
    (point_moves, "usable_lots", " if lot.effective_at <= now", ""),
    (point_moves, "take", "lot.put(left=lot.left - part)", "lot.put(left=0)"),
    (point_moves, "take", "lot.put(left=lot.left - part)", "lot.put(left=lot.left - part + 1)"),
    (point_moves, "take", "PointRelation.create(entry=entry, lot=lot, value=part)", "pass"),
    (point_moves, "put_back", "left=lot.left + value", "left=lot.left"),
    (point_moves, "pay_debts", "owed=held.owed - paid", "owed=0"),
    (point_moves, "enter", "if KINDS[kind].accumulates else 0", "if value else 0"),
    (point_moves, "enter", "held.accumulated + (", "held.accumulated + 0 * ("),
    (point_moves, "enter", "held.available + entry.signed", "held.available + value"),
    (points, "earn", "point_moves.pay_debts(held)", "pass"),
    (points, "earn", "if before is not None:", "if False:"),
    (points, "spend", "usable < value", "usable < value - 1"),
    (points, "spend", "if before is not None:", "if False:"),
    (point_merges, "_join_accounts", "_pay_debts(accounts, kept)", "pass"),
    (point_merges, "_join_accounts", "(PointEntry.account, PointLot.account)", "(PointEntry.account,)"),
    (point_merges, "_join_accounts", " + getattr(lost, name)", ""),
    (point_returns, "_share", "* returned)", "* Fraction(part, whole))"),
    (point_returns, "returned_by", "total + Fraction(part, whole)", "total + Fraction(part, parts[0][1])"),
    (point_returns, "_share", " - sum(row.value for row in earlier)", ""),
    (point_returns, "_share", "if returned > 1:", "if returned > 2:"),
    (point_returns, "_before", "return found", "return None"),
    (point_returns, "_lapsed", " - int(counted)", ""),
    (point_returns, "_ended_unspent", "lot.left if over else 0", "0"),
    (point_returns, "_ended_unspent", "+ late", "+ 0"),
    (point_returns, "_ended_within", "ended -= part", "pass"),
    (point_returns, "_ended_within", "int(given)", "0"),
    (point_returns, "_ended_within", "min(ended, value)", "value"),
    (point_returns, "take_back", "min(share, _lapsed(earned, own))", "0"),
    (point_returns, "take_back", "lot.id != own.id", "lot.id * 0"),
    (point_returns, "take_back", "owed=held.owed + taken", "owed=taken"),
    (point_returns, "take_back", "missing if settings.read(PointReturnRules).forgive else 0", "0"),
    (point_returns, "give_back", "point_moves.pay_debts(held)", "pass"),
    (point_returns, "_restore", "lot.expires_at > now", "True"),
    (point_returns, "_restore", "timedelta(days=1)", "timedelta(days=2)"),
    (point_returns, "_sources", "PointRelation.id.desc()", "PointRelation.id"),
    (point_returns, "_sources", "min(given, relation.value)", "0"),
    (point_expiry, "_due", "<= ended", "< ended"),
    (point_expiry, "_settle_accounts", "PointAccount.available - ending.c.value", "PointAccount.available"),
    (point_expiry, "_settle_accounts", "PointAccount.expired + ending.c.value", "PointAccount.expired"),
    (point_payments, "hold", "if found is not None:", "if False:"),
    (point_payments, "release", 'point_returns.give_back(key=row.key, number="release")', "pass"),
    (point_payments, "_moved", "state not in MOVES[row.state]", "False"),
    (point_payments, "give_back", 'row.state != "committed"', "False"),
    (point_payments, "_release_one", "release(order_number=order_number)", "pass"),
]  # fmt: skip

FAULTS_OF_MERGES = [
    (point_merges, "_pay_debts", "merge_journal.note(", "(lambda *about: None)("),
    (point_merges, "_part_accounts", "left=PointLot.left + crossing.value", "left=PointLot.left"),
    (point_merges, "_part_accounts", "crossing.delete_instance()", "pass"),
    (point_merges, "_part_accounts", "border.entries | border.later_entries", "border.entries"),
    (point_merges, "_part_accounts", "border.lots | border.late_lots", "border.lots"),
    (point_merges, "_part_accounts", "(lost, PointAccount.get_by_id(border.accounts.survivor))", "(lost,)"),
    (point_merges, "_part_accounts", "point_moves.recount(account)", "pass"),
    (point_merges, "_part_accounts", "point_moves.pay_debts(account)", "pass"),
    (point_merges, "_crossed", "yield from _spent(border)", "pass"),
    (point_merges, "_crossed", "yield from _returned(border)", "pass"),
    (point_merges, "_crossed", "_has_expired(relation.lot)", "False"),
    (point_merges, "_spent", "if relation.entry_id in returned:", "if False:"),
    (point_merges, "_Border.cancelled", '"redemption_cancelled"', '"return_reversal"'),
    (point_merges, "_Border.late_lots", "if self.cancelled", "if False"),
    (point_merges, "_Border.later_entries", "self.lots | self.late_lots", "self.late_lots"),
    (point_merges, "_Border.later_entries", "self.lots | self.late_lots", "self.lots"),
    (point_merges, "_Border.crossings", "(given.entry in entries) != (", "given.entry not in entries and ("),
    (point_merges, "_Border.crossings", "(given.entry in entries) != (given", "given.entry in entries and (given"),
    (point_merges, "_Border._may_be_owed", "relation.id in", "0 in"),
    (point_merges, "_Border._may_be_owed", "and relation.entry_id in self.entries", ""),
    (point_moves, "recount", "if KINDS[kind].accumulates", ""),
    (point_moves, "recount", "debt.missing for", "0 for"),
    (point_moves, "_debts", ".order_by(PointEntry.id)", ".order_by(PointEntry.id.desc())"),
    (unmerges, "on_top_of", "{row.survivor_id, row.lost_id}", "{row.survivor_id}"),
    (unmerges, "on_top_of", "{row.survivor_id, row.lost_id}", "{row.lost_id}"),
    (unmerges, "on_top_of", " & Merge.undone_at.is_null()", ""),
    (unmerges, "_forbids", "timedelta(days=UNDO_DAYS)", "timedelta(days=UNDO_DAYS + 1)"),
    (unmerges, "_forbids", "merge.at < clock", "merge.at <= clock"),
    (unmerges, "_part", "carrier.back(carrier.field, each)", "pass"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def shown_once(database_kind):
    """Whether the machine sees is a question to the machine, not to the database."""
    if database_kind == "postgresql":
        pytest.skip("shown on SQLite")
    with merging_only(point_accounts, point_payments):
        yield


def test_lives_without_a_fault_come_out_as_in_the_book(acme):
    """The control: such lives find nothing where there is nothing."""
    assert not stumbles(HurriedLife, lives=25)
    assert not stumbles_over(mistaken_lives(turns=2))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[1]}: {fault[2]}")
def test_a_seeded_fault_is_noticed(acme, fault):
    with sown(*fault):
        assert stumbles(HurriedLife)


@pytest.mark.parametrize("fault", FAULTS_OF_MERGES, ids=lambda fault: f"{fault[1]}: {fault[2]}")
def test_a_seeded_fault_of_merges_is_noticed(acme, fault):
    with sown(*fault):
        assert stumbles_over(mistaken_lives())


def test_a_kind_that_counts_wrongly_is_noticed(acme, monkeypatch):
    kinds = point_accounts.KINDS | {"gift_redemption": point_accounts.Kind(-1, True, "礼品兑换")}
    monkeypatch.setattr(point_moves, "KINDS", kinds)
    assert stumbles(HurriedLife)
