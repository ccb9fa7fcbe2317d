"""Stored value in a merge (储值合并): one account is poured into the other, and in its undo back again.

The ledger is only ever added to, so both are transfers. What goes back is what came over and what was
booked since for the loser's own purchases and top-ups. Spending since counts as the survivor's own as
far as that goes; what is left must cover what goes back, principal, bonus and holds each for itself.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import peewee
from peewee import fn

from store.kernel import money
from store.loyalty import stored_values, top_ups, value_ledger
from store.loyalty.top_up_refunds import TopUpRefund
from store.loyalty.top_ups import TopUp
from store.loyalty.value_ledger import MEMBERS, ValueAccount, ValueEntry
from store.loyalty.value_spends import ValueSpend
from store.people import merge_journal, merges
from store.people.members import Member
from store.people.merge_journal import MergeStep, Way
from store.people.merges import Hindrance

Amounts = dict[str, int]


def _join(field: peewee.Field, way: Way) -> int:
    """Both accounts become one, to the fen; the emptied one goes along for its history."""
    lost = ValueAccount.find(member=way.loser, merged_into=None)
    if lost is not None:
        kept = ValueAccount.find(member=way.survivor, merged_into=None)
        _pour(way, lost, kept or ValueAccount.create(member=way.survivor, limit_fen=0))
    return merge_journal.move(way, field)


def _pour(way: Way, lost: ValueAccount, kept: ValueAccount) -> None:
    """Two accounts' worth may lie in the joined one, but top-ups have to wait until the rules have room."""
    frozen = kept.frozen_at is None and lost.frozen_at is not None
    whose = lost if frozen else kept
    merge_journal.change(
        way, kept, limit_fen=kept.limit_fen + lost.limit_fen, frozen_at=whose.frozen_at,
        frozen_reason=whose.frozen_reason,
    )  # fmt: skip
    last = ValueEntry.select(fn.MAX(ValueEntry.id)).scalar() or 0
    merge_journal.note(way, kept, {"last_entry": last}, {})
    amounts = {name: int(getattr(lost, f"{name}_fen")) for name in MEMBERS}
    _transfer(way, lost, kept, amounts, key=f"merge:{way.merge.id}:{lost.id}")
    merge_journal.change(way, lost, merged_into=kept.id)


def _transfer(
    way: Way,
    giver: ValueAccount,
    taker: ValueAccount,
    amounts: Mapping[str, int],
    *,
    key: str,
    reason: str = "",
) -> None:
    """Book amounts out of one account and into the other; each row sums to zero over the transfers."""
    if any(amounts.values()):
        subject, total = f"value_account:{giver.id}", sum(amounts.values())
        out = {name: -fen for name, fen in amounts.items()} | {"transfers": total}
        into = {**amounts, "transfers": -total}
        value_ledger.post(giver, out, kind="merged", key=f"{key}:out", subject=subject, reason=reason)
        value_ledger.post(taker, into, kind="merged", key=f"{key}:in", subject=subject, reason=reason)


def _part(field: peewee.Field, way: Way) -> None:
    """Pour back; what was booked meanwhile stands in both statements with its reason."""
    poured = _poured(way)
    merge_journal.put_back(field, way)
    if poured is None:
        return
    lost, kept, before, after = poured
    came, since = _without_what_left(_came_over(way, lost), _booked_since(way, kept))
    lost = ValueAccount.get_by_id(lost.id)
    lost.put(merged_into=None, limit_fen=max(lost.limit_fen, sum(came.values()) + sum(since.values())))
    key = f"unmerge:{way.merge.id}:{lost.id}"
    _transfer(way, kept, lost, came, key=key)
    _transfer(way, kept, lost, since, key=f"{key}:since", reason="撤销合并，转回合并期间的往来")
    _part_limit_and_freeze(kept, lost, before, after)


def _without_what_left(came: Amounts, since: Amounts) -> tuple[Amounts, Amounts]:
    """Both without what came over and has left its place since, as a hold that was released: it is not there."""
    left = {name: min(fen, max(-since[name], 0)) for name, fen in came.items()}
    return {name: came[name] - left[name] for name in came}, {
        name: since[name] + left[name] for name in since
    }


def _part_limit_and_freeze(kept: ValueAccount, lost: ValueAccount, before: Any, after: Any) -> None:
    """The survivor's limit and freeze are what they were; a freeze since is a warning about both."""
    own_fen = before["limit_fen"] or stored_values.most(Member.get_by_id(kept.member_id))
    kept.put(limit_fen=max(own_fen, kept.total_fen))
    now = merge_journal.stored(kept, ("frozen_at", "frozen_reason"))
    if all(now[name] == after[name] for name in now):
        kept.put(frozen_at=before["frozen_at"], frozen_reason=before["frozen_reason"])
    elif kept.frozen_at is not None and lost.frozen_at is None:
        lost.put(frozen_at=kept.frozen_at, frozen_reason=kept.frozen_reason)


def _poured(way: Way) -> tuple[ValueAccount, ValueAccount, Any, Any] | None:
    """The emptied account, the joined one, and the latter's limit and freeze before and after."""
    steps = merge_journal.steps(way, ValueAccount)
    mine = _members_accounts(steps, way)
    for step in steps:
        if step.after and "merged_into" in step.after and step.row_id in mine:
            kept_id = step.after["merged_into"]
            change = next(each for each in steps if each.row_id == kept_id and "limit_fen" in each.before)
            before = merge_journal.as_before(change, ValueAccount)
            lost, kept = ValueAccount.get_by_id(step.row_id), ValueAccount.get_by_id(kept_id)
            return lost, kept, before, change.after
    return None


def _members_accounts(steps: list[MergeStep], way: Way) -> set[int]:
    return {step.row_id for step in steps if step.before.get("member") == way.loser}


def _came_over(way: Way, lost: ValueAccount) -> Amounts:
    entry = ValueEntry.find(key=f"merge:{way.merge.id}:{lost.id}:in")
    return {name: int(getattr(entry, f"{name}_fen")) if entry else 0 for name in MEMBERS}


def _booked_since(way: Way, kept: ValueAccount) -> Amounts:
    """What was booked on the joined account for purchases and top-ups that came over."""
    moved_spends = ValueSpend.id.in_(merge_journal.ids_of_moved(way, ValueSpend.member))
    moved_top_ups = TopUp.id.in_(merge_journal.ids_of_moved(way, TopUp.member))
    refunds = TopUpRefund.select(_subject("top_up_refund:", TopUpRefund.id)).join(TopUp).where(moved_top_ups)
    mine = (
        ValueEntry.subject.in_(ValueSpend.select(_subject("value_spend:", ValueSpend.id)).where(moved_spends))
        | ValueEntry.subject.in_(TopUp.select(_subject("top_up:", TopUp.id)).where(moved_top_ups))
        | ValueEntry.subject.in_(refunds)
    )
    sums = [fn.COALESCE(fn.SUM(getattr(ValueEntry, f"{name}_fen")), 0) for name in MEMBERS]
    later = (ValueEntry.account == kept) & (ValueEntry.id > _last_before(way, kept))
    row = ValueEntry.select(*sums).where(later & mine).tuples().get()
    return {name: int(fen) for name, fen in zip(MEMBERS, row, strict=True)}


def _last_before(way: Way, kept: ValueAccount) -> int:
    """The last booking before the merge, so that what an earlier merge of the two saw is not counted again."""
    steps = merge_journal.steps(way, ValueAccount)
    return next(step.before["last_entry"] for step in steps if "last_entry" in step.before)


def _subject(prefix: str, number: peewee.Field) -> Any:
    return peewee.Value(prefix).concat(number.cast("text"))


def _not_there(field: peewee.Field, way: Way) -> Iterator[Hindrance]:
    """What has to go back and is not left in the joined account."""
    poured = _poured(way)
    if poured is None:
        return
    lost, kept = poured[:2]
    came, since = _came_over(way, lost), _booked_since(way, kept)
    short = {name: came[name] + since[name] - int(getattr(kept, f"{name}_fen")) for name in MEMBERS}
    short = {name: fen for name, fen in short.items() if fen > 0}
    if short:
        parts = "，".join(f"{MEMBERS[name]} {money.yuan(fen)} 元" for name, fen in short.items())
        facts = {f"{name}_fen": fen for name, fen in short.items()}
        yield Hindrance("value_spent", f"合并过来的储值已用去：{parts}", facts)


def _committed_since(field: peewee.Field, way: Way) -> Iterator[Hindrance]:
    """Holds that came over and were spent."""
    held = [step.row_id for step in merge_journal.moved(way, field) if step.before["state"] == "held"]
    for spend in ValueSpend.of_ids(held):
        if spend.state == "committed":
            sentence = f"合并过来的预扣 {money.yuan(spend.amount_fen)} 元已转为消费"
            yield Hindrance("value_committed", sentence, {"key": spend.key, "amount_fen": spend.amount_fen})


def _refunded_since(field: peewee.Field, way: Way) -> Iterator[Hindrance]:
    """Top-ups that came over and were paid back."""
    steps = merge_journal.moved(way, field)
    rows = {row.id: row for row in TopUp.of_ids([step.row_id for step in steps])}
    for step in steps:
        top_up = rows[step.row_id]
        fen = top_up.refunded_fen - step.before["refunded_fen"]
        if fen:
            sentence = f"合并过来的充值 {top_up.number} 已退款 {money.yuan(fen)} 元"
            yield Hindrance("top_up_refunded", sentence, {"number": top_up.number, "refunded_fen": fen})


def _top_ups_back(field: peewee.Field, way: Way) -> None:
    """A rule for once that was used since by a top-up of the loser's is used up for the loser."""
    merge_journal.put_back(field, way)
    steps = merge_journal.moved(way, field)
    for row in TopUp.of_ids([step.row_id for step in steps if step.before["once_key"] is None]):
        if row.once_key is not None:
            row.put(once_key=top_ups.once_key(row))


merges.carries(ValueAccount.member, _join, back=_part, hinders=_not_there)
merges.carries(ValueSpend.member, merges.moved_with(remember=("state",)), hinders=_committed_since)
merges.carries(
    TopUp.member, merges.moved_with(remember=("refunded_fen", "once_key")), back=_top_ups_back,
    hinders=_refunded_since,
)  # fmt: skip
