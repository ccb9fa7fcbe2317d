"""Earnings (入账): points of one member that come in together, as `points.earn` enters them one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from store.kernel import clock, refusals
from store.loyalty import points
from store.loyalty.point_accounts import KINDS, PointEntry, PointGroup, PointLot
from store.people.members import Member


@dataclass(frozen=True)
class Earning:
    """What `points.earn` takes; `about` are further columns of PointEntry, the same ones for all that come together."""

    group: PointGroup
    kind: str
    value: int
    key: str
    expires_at: datetime | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


def enter(member: Member, earnings: Sequence[Earning]) -> None:
    """Enter what nobody has entered before; the caller has locked the member, and judges the tier afterwards.

    A key that is there already breaks the database's index.
    """
    held = {earning.group.id: points.account(member, earning.group) for earning in earnings}
    if any(account.owed for account in held.values()):
        _one_by_one(member, earnings)  # each pays the debts first
        return
    now, rows = clock.now(), []
    for earning in earnings:
        if not 0 < earning.value <= points.MOST:
            raise refusals.invalid("value", f"积分应为 1 到 {points.MOST} 的整数")
        rows.append({
            "account": held[earning.group.id].id, "kind": earning.kind, "value": earning.value,
            "key": earning.key, "at": now, "effective_at": now, "expires_at": earning.expires_at,
            **earning.about,
        })  # fmt: skip
    ids = PointEntry.create_all(rows)
    PointLot.create_all(
        [
            {
                "account": row["account"], "entry": entry_id, "value": row["value"], "left": row["value"],
                "effective_at": now, "expires_at": row["expires_at"],
            }
            for row, entry_id in zip(rows, ids, strict=True)
        ]
    )  # fmt: skip
    for group_id, account in held.items():
        mine = [earning for earning in earnings if earning.group.id == group_id]
        account.put(
            available=account.available + sum(earning.value for earning in mine),
            accumulated=account.accumulated
            + sum(earning.value for earning in mine if KINDS[earning.kind].accumulates),
        )


def _one_by_one(member: Member, earnings: Sequence[Earning]) -> None:
    for earning in earnings:
        points.earn(
            member=member,
            group=earning.group,
            kind=earning.kind,
            value=earning.value,
            key=earning.key,
            expires_at=earning.expires_at,
            judged_later=True,
            **earning.about,
        )
