"""Bulk posting (入账): many earned entries at once, with the same result as `points.earn` one by one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from store.core import clock, errors
from store.core.database import db
from store.customers.members import Member
from store.member_cards import pack_cards
from store.points import points
from store.points.ledger import ENTRY_KINDS, PointAccount, PointEntry, PointLot

# What `points.earn` is given: group, kind, value, key, expires_at and further columns.
Earning = Mapping[str, Any]


def post_for_member(member: Member, earnings: Sequence[Earning]) -> None:
    """Post new entries of one member. All have the same columns, `expires_at` among them.

    Requires the member's lock; the caller evaluates the tier afterwards. An existing key raises IntegrityError.
    """
    post_for_members([(member, earnings)])


def post_for_members(earnings_by_member: Sequence[tuple[Member, Sequence[Earning]]]) -> None:
    """Post new entries of many members. Requires their locks."""
    held, new = _get_or_create_accounts(earnings_by_member), []
    for member, earnings in earnings_by_member:
        mine = [(held[member.id, earning["group"].id], earning) for earning in earnings]
        if any(account.debt for account, _ in mine):
            for earning in earnings:
                points.earn(member=member, defer_tier_evaluation=True, **earning)  # each pays the debts first
        else:
            new += mine
    now = clock.now()
    rows = [_entry_row(account, earning, now) for account, earning in new]
    ids = PointEntry.create_many(rows)
    PointLot.create_many([_lot_row(row, entry_id) for row, entry_id in zip(rows, ids, strict=True)])
    _add_to_balances({account.id: account for account, _ in new}, rows)


def _get_or_create_accounts(
    earnings_by_member: Sequence[tuple[Member, Sequence[Earning]]],
) -> dict[tuple[int, int], PointAccount]:
    """Return the accounts by member and group; create missing ones."""
    mine = db.in_ids(PointAccount.member, [member.id for member, _ in earnings_by_member])
    held = {(account.member_id, account.group_id): account for account in PointAccount.select().where(mine)}
    for member, earnings in earnings_by_member:
        for group in {earning["group"].id: earning["group"] for earning in earnings}.values():
            if (member.id, group.id) not in held:
                held[member.id, group.id] = points.get_or_create_account(member, group)
    return held


def _entry_row(account: PointAccount, earning: Earning, now: datetime) -> dict[str, Any]:
    if not 0 < earning["value"] <= points.MAX_POINTS_PER_ENTRY:
        raise errors.invalid("value", f"积分应为 1 到 {points.MAX_POINTS_PER_ENTRY} 的整数")
    return {
        "account": account.id, "at": now, "effective_at": now,
        **{name: value for name, value in earning.items() if name != "group"},
    }  # fmt: skip


def _lot_row(row: Mapping[str, Any], entry_id: int) -> dict[str, Any]:
    return {
        "account": row["account"], "entry": entry_id, "value": row["value"], "remaining": row["value"],
        "effective_at": row["effective_at"], "expires_at": row["expires_at"],
    }  # fmt: skip


def _add_to_balances(accounts: Mapping[int, PointAccount], rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        account = accounts[row["account"]]
        account.available += row["value"]
        account.accumulated += row["value"] if ENTRY_KINDS[row["kind"]].accumulates else 0
    PointAccount.update_many(list(accounts.values()), "available", "accumulated")
    pack_cards.mark_changed({account.member_id for account in accounts.values()})
