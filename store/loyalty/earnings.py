"""Earnings (入账): points that come in together, as `points.earn` enters them one by one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from store.kernel import clock, db, refusals
from store.loyalty import points
from store.loyalty.point_accounts import KINDS, PointAccount, PointEntry, PointLot
from store.people.members import Member

# What `points.earn` is given: group, kind, value, key, expires_at and further columns.
Earning = Mapping[str, Any]


def enter(member: Member, earnings: Sequence[Earning]) -> None:
    """Enter what nobody has entered before; all name the same columns, `expires_at` among them.

    The caller has locked the member, and judges the tier afterwards. A key that is there already breaks
    the database's index.
    """
    enter_all([(member, earnings)])


def enter_all(earned: Sequence[tuple[Member, Sequence[Earning]]]) -> None:
    """The same for many members."""
    held, new = _accounts(earned), []
    for member, earnings in earned:
        mine = [(held[member.id, earning["group"].id], earning) for earning in earnings]
        if any(account.owed for account, _ in mine):
            for earning in earnings:
                points.earn(member=member, judged_later=True, **earning)  # each pays the debts first
        else:
            new += mine
    now = clock.now()
    rows = [_entry(account, earning, now) for account, earning in new]
    ids = PointEntry.create_all(rows)
    PointLot.create_all([_lot(row, entry_id) for row, entry_id in zip(rows, ids, strict=True)])
    _count({account.id: account for account, _ in new}, rows)


def _accounts(earned: Sequence[tuple[Member, Sequence[Earning]]]) -> dict[tuple[int, int], PointAccount]:
    """By member and group; one that is not there yet is opened."""
    mine = db.among(PointAccount.member, [member.id for member, _ in earned])
    held = {(account.member_id, account.group_id): account for account in PointAccount.select().where(mine)}
    for member, earnings in earned:
        for group in {earning["group"].id: earning["group"] for earning in earnings}.values():
            if (member.id, group.id) not in held:
                held[member.id, group.id] = points.account(member, group)
    return held


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


def _count(accounts: Mapping[int, PointAccount], rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        account = accounts[row["account"]]
        account.available += row["value"]
        account.accumulated += row["value"] if KINDS[row["kind"]].accumulates else 0
    PointAccount.put_all(list(accounts.values()), "available", "accumulated")
