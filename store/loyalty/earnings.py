"""Earnings (入账): points of one member that come in together, as `points.earn` enters them one by one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from store.kernel import clock, refusals
from store.loyalty import points
from store.loyalty.point_accounts import KINDS, PointAccount, PointEntry, PointGroup, PointLot
from store.people.members import Member

# What `points.earn` is given: group, kind, value, key, expires_at and further columns.
Earning = Mapping[str, Any]


def enter(member: Member, earnings: Sequence[Earning]) -> None:
    """Enter what nobody has entered before; all name the same columns, `expires_at` among them.

    The caller has locked the member, and judges the tier afterwards. A key that is there already breaks
    the database's index.
    """
    held = _accounts(member, {earning["group"].id: earning["group"] for earning in earnings})
    if any(account.owed for account in held.values()):
        for earning in earnings:
            points.earn(member=member, judged_later=True, **earning)  # each pays the debts first
        return
    now = clock.now()
    rows = [_entry(held[earning["group"].id], earning, now) for earning in earnings]
    ids = PointEntry.create_all(rows)
    PointLot.create_all([_lot(row, entry_id) for row, entry_id in zip(rows, ids, strict=True)])
    for account in held.values():
        _count(account, [row for row in rows if row["account"] == account.id])


def _accounts(member: Member, groups: Mapping[int, PointGroup]) -> dict[int, PointAccount]:
    there = {account.group_id: account for account in PointAccount.find_all(member=member.id)}
    return {
        group_id: there.get(group_id) or points.account(member, group) for group_id, group in groups.items()
    }


def _entry(account: PointAccount, earning: Earning, now: datetime) -> dict[str, Any]:
    if not 0 < earning["value"] <= points.MOST:
        raise refusals.invalid("value", f"积分应为 1 到 {points.MOST} 的整数")
    return {
        "account": account.id, "at": now, "effective_at": now,
        **{name: value for name, value in earning.items() if name != "group"},
    }  # fmt: skip


def _lot(row: Mapping[str, Any], entry_id: int) -> dict[str, Any]:
    return {
        "account": row["account"], "entry": entry_id, "value": row["value"], "left": row["value"],
        "effective_at": row["effective_at"], "expires_at": row["expires_at"],
    }  # fmt: skip


def _count(account: PointAccount, rows: Sequence[Mapping[str, Any]]) -> None:
    account.put(
        available=account.available + sum(row["value"] for row in rows),
        accumulated=account.accumulated + sum(row["value"] for row in rows if KINDS[row["kind"]].accumulates),
    )
