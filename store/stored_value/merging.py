"""The merge of stored value (储值合并): a transfer to the survivor's account, and one back in the undo.

The ledger is append-only, so both are transfers. The undo returns the amounts that were transferred and those that
were booked since for the duplicate's own payments and top-ups. Payments since the merge are taken from the
survivor's own value first. The balance must cover what goes back, for principal, bonus and holds separately.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import peewee
from peewee import fn

from store.core import money
from store.customers.members import Member
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext, MergeStep
from store.customers.merging.rules import UndoBlocker
from store.stored_value import accounts, ledger, top_ups
from store.stored_value.ledger import MEMBER_ACCOUNTS, StoredValueAccount, StoredValueEntry
from store.stored_value.payment_records import StoredValuePayment
from store.stored_value.top_up_refunds import TopUpRefund
from store.stored_value.top_ups import TopUp

Amounts = dict[str, int]


def _merge_accounts(field: peewee.Field, context: MergeContext) -> int:
    """Transfer the whole balance to the survivor's account. The emptied account moves with its history."""
    lost = StoredValueAccount.find(member=context.duplicate_id, merged_into=None)
    if lost is not None:
        kept = StoredValueAccount.find(member=context.survivor_id, merged_into=None)
        _transfer_balance(
            context, lost, kept or StoredValueAccount.create(member=context.survivor_id, limit_fen=0)
        )
    return merge_journal.move_rows(context, field)


def _transfer_balance(
    context: MergeContext, duplicate_account: StoredValueAccount, survivor_account: StoredValueAccount
) -> None:
    """Transfer the balance, add the limits and keep a freeze.

    The joined account may hold the value of both, but a top-up needs headroom under the rules.
    """
    frozen = survivor_account.frozen_at is None and duplicate_account.frozen_at is not None
    whose = duplicate_account if frozen else survivor_account
    merge_journal.update_row(
        context,
        survivor_account,
        limit_fen=survivor_account.limit_fen + duplicate_account.limit_fen,
        frozen_at=whose.frozen_at,
        frozen_reason=whose.frozen_reason,
    )
    last = StoredValueEntry.select(fn.MAX(StoredValueEntry.id)).scalar() or 0
    merge_journal.record_step(context, survivor_account, {"last_entry": last}, {})
    amounts = {name: int(getattr(duplicate_account, f"{name}_fen")) for name in MEMBER_ACCOUNTS}
    _post_transfer(
        context,
        duplicate_account,
        survivor_account,
        amounts,
        key=f"merge:{context.merge.id}:{duplicate_account.id}",
    )
    merge_journal.update_row(context, duplicate_account, merged_into=survivor_account.id)


def _post_transfer(
    context: MergeContext,
    source: StoredValueAccount,
    target: StoredValueAccount,
    amounts: Mapping[str, int],
    *,
    key: str,
    reason: str = "",
) -> None:
    """Post amounts out of one account and into the other. Each row sums to zero with the transfers account."""
    if any(amounts.values()):
        subject, total = f"stored_value_account:{source.id}", sum(amounts.values())
        out = {name: -fen for name, fen in amounts.items()} | {"transfers": total}
        into = {**amounts, "transfers": -total}
        ledger.post_entry(source, out, kind="merged", key=f"{key}:out", subject=subject, reason=reason)
        ledger.post_entry(target, into, kind="merged", key=f"{key}:in", subject=subject, reason=reason)


def _undo_merge(field: peewee.Field, context: MergeContext) -> None:
    """Transfer the duplicate's share back. Amounts booked since the merge appear in both statements with a reason."""
    poured = _find_merged_accounts(context)
    merge_journal.undo_move(field, context)
    if poured is None:
        return
    lost, kept, before, after = poured
    came, since = _exclude_departed(_merged_amounts(context, lost), _amounts_since_merge(context, kept))
    lost = StoredValueAccount.get_by_id(lost.id)
    lost.update_fields(
        merged_into=None, limit_fen=max(lost.limit_fen, sum(came.values()) + sum(since.values()))
    )
    key = f"unmerge:{context.merge.id}:{lost.id}"
    _post_transfer(context, kept, lost, came, key=key)
    _post_transfer(context, kept, lost, since, key=f"{key}:since", reason="撤销合并，转回合并期间的往来")
    _restore_limit_and_freeze(kept, lost, before, after)


def _exclude_departed(merged: Amounts, since: Amounts) -> tuple[Amounts, Amounts]:
    """Return both amounts without what was merged and has left since, such as a released hold."""
    left = {name: min(fen, max(-since[name], 0)) for name, fen in merged.items()}
    return {name: merged[name] - left[name] for name in merged}, {
        name: since[name] + left[name] for name in since
    }


def _restore_limit_and_freeze(
    survivor_account: StoredValueAccount, duplicate_account: StoredValueAccount, before: Any, after: Any
) -> None:
    """Restore the survivor's limit and freeze. A freeze since the merge applies to both accounts."""
    own_fen = before["limit_fen"] or accounts.max_balance(Member.get_by_id(survivor_account.member_id))
    survivor_account.update_fields(limit_fen=max(own_fen, survivor_account.total_fen))
    now = merge_journal.snapshot(survivor_account, ("frozen_at", "frozen_reason"))
    if all(now[name] == after[name] for name in now):
        survivor_account.update_fields(frozen_at=before["frozen_at"], frozen_reason=before["frozen_reason"])
    elif survivor_account.frozen_at is not None and duplicate_account.frozen_at is None:
        duplicate_account.update_fields(
            frozen_at=survivor_account.frozen_at, frozen_reason=survivor_account.frozen_reason
        )


def _find_merged_accounts(
    context: MergeContext,
) -> tuple[StoredValueAccount, StoredValueAccount, Any, Any] | None:
    """Return the emptied account, the joined one, and the latter's limit and freeze before and after."""
    steps = merge_journal.list_steps(context, StoredValueAccount)
    mine = _duplicate_account_ids(steps, context)
    for step in steps:
        if step.after and "merged_into" in step.after and step.row_id in mine:
            kept_id = step.after["merged_into"]
            change = next(each for each in steps if each.row_id == kept_id and "limit_fen" in each.before)
            before = merge_journal.previous_values(change, StoredValueAccount)
            lost, kept = StoredValueAccount.get_by_id(step.row_id), StoredValueAccount.get_by_id(kept_id)
            return lost, kept, before, change.after
    return None


def _duplicate_account_ids(steps: list[MergeStep], context: MergeContext) -> set[int]:
    return {step.row_id for step in steps if step.before.get("member") == context.duplicate_id}


def _merged_amounts(context: MergeContext, duplicate_account: StoredValueAccount) -> Amounts:
    entry = StoredValueEntry.find(key=f"merge:{context.merge.id}:{duplicate_account.id}:in")
    return {name: int(getattr(entry, f"{name}_fen")) if entry else 0 for name in MEMBER_ACCOUNTS}


def _amounts_since_merge(context: MergeContext, survivor_account: StoredValueAccount) -> Amounts:
    """Return what was booked on the joined account for the duplicate's payments and top-ups."""
    moved_spends = StoredValuePayment.id.in_(merge_journal.moved_ids(context, StoredValuePayment.member))
    moved_top_ups = TopUp.id.in_(merge_journal.moved_ids(context, TopUp.member))
    refunds = (
        TopUpRefund.select(_subject_expression("top_up_refund:", TopUpRefund.id))
        .join(TopUp)
        .where(moved_top_ups)
    )
    mine = (
        StoredValueEntry.subject.in_(
            StoredValuePayment.select(
                _subject_expression("stored_value_payment:", StoredValuePayment.id)
            ).where(moved_spends)
        )
        | StoredValueEntry.subject.in_(
            TopUp.select(_subject_expression("top_up:", TopUp.id)).where(moved_top_ups)
        )
        | StoredValueEntry.subject.in_(refunds)
    )
    sums = [fn.COALESCE(fn.SUM(getattr(StoredValueEntry, f"{name}_fen")), 0) for name in MEMBER_ACCOUNTS]
    later = (StoredValueEntry.account == survivor_account) & (
        StoredValueEntry.id > _last_entry_before(context, survivor_account)
    )
    row = StoredValueEntry.select(*sums).where(later & mine).tuples().get()
    return {name: int(fen) for name, fen in zip(MEMBER_ACCOUNTS, row, strict=True)}


def _last_entry_before(context: MergeContext, survivor_account: StoredValueAccount) -> int:
    """Return the last entry before the merge, so that an earlier merge of the two is not counted again."""
    steps = merge_journal.list_steps(context, StoredValueAccount)
    return next(step.before["last_entry"] for step in steps if "last_entry" in step.before)


def _subject_expression(prefix: str, id_field: peewee.Field) -> Any:
    return peewee.Value(prefix).concat(id_field.cast("text"))


def _find_blockers(field: peewee.Field, context: MergeContext) -> Iterator[UndoBlocker]:
    """Yield a blocker if the joined account does not hold what has to go back."""
    poured = _find_merged_accounts(context)
    if poured is None:
        return
    lost, kept = poured[:2]
    came, since = _merged_amounts(context, lost), _amounts_since_merge(context, kept)
    short = {name: came[name] + since[name] - int(getattr(kept, f"{name}_fen")) for name in MEMBER_ACCOUNTS}
    short = {name: fen for name, fen in short.items() if fen > 0}
    if short:
        parts = "，".join(f"{MEMBER_ACCOUNTS[name]} {money.yuan(fen)} 元" for name, fen in short.items())
        facts = {f"{name}_fen": fen for name, fen in short.items()}
        yield UndoBlocker("stored_value_spent", f"合并过来的储值已用去：{parts}", facts)


def _find_committed_holds(field: peewee.Field, context: MergeContext) -> Iterator[UndoBlocker]:
    """Yield a blocker for each moved hold that was committed."""
    held = [
        step.row_id for step in merge_journal.list_moves(context, field) if step.before["state"] == "held"
    ]
    for spend in StoredValuePayment.by_ids(held):
        if spend.state == "committed":
            sentence = f"合并过来的预扣 {money.yuan(spend.amount_fen)} 元已转为消费"
            yield UndoBlocker(
                "stored_value_committed", sentence, {"key": spend.key, "amount_fen": spend.amount_fen}
            )


def _find_refunded_top_ups(field: peewee.Field, context: MergeContext) -> Iterator[UndoBlocker]:
    """Yield a blocker for each moved top-up that was refunded."""
    steps = merge_journal.list_moves(context, field)
    rows = {row.id: row for row in TopUp.by_ids([step.row_id for step in steps])}
    for step in steps:
        top_up = rows[step.row_id]
        fen = top_up.refunded_fen - step.before["refunded_fen"]
        if fen:
            sentence = f"合并过来的充值 {top_up.number} 已退款 {money.yuan(fen)} 元"
            yield UndoBlocker("top_up_refunded", sentence, {"number": top_up.number, "refunded_fen": fen})


def _undo_top_ups(field: peewee.Field, context: MergeContext) -> None:
    """Restore the top-ups. A single-use rule that a top-up of the duplicate used since stays used for the duplicate."""
    merge_journal.undo_move(field, context)
    steps = merge_journal.list_moves(context, field)
    for row in TopUp.by_ids([step.row_id for step in steps if step.before["single_use_key"] is None]):
        if row.single_use_key is not None:
            row.update_fields(single_use_key=top_ups.single_use_key(row))


merge_rules.register_rule(
    StoredValueAccount.member, _merge_accounts, undo=_undo_merge, find_blockers=_find_blockers
)
merge_rules.register_rule(
    StoredValuePayment.member,
    merge_rules.move_and_remember(remember=("state",)),
    find_blockers=_find_committed_holds,
)
merge_rules.register_rule(
    TopUp.member, merge_rules.move_and_remember(remember=("refunded_fen", "single_use_key")), undo=_undo_top_ups,
    find_blockers=_find_refunded_top_ups,
)  # fmt: skip
