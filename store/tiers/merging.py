"""Merging of tier records: the survivor keeps the better tier, and an undo gives each member their own again."""

from datetime import datetime

import peewee

from store.core import clock
from store.customers.members import Member
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext
from store.tiers.tiers import Tier, TierRecord


def _merge_tier_records(field: peewee.Field, context: MergeContext) -> int:
    """Move the whole history; of two active records the better one stays active."""
    for lower in _active_records(context.duplicate_id, context.survivor_id)[1:]:
        merge_journal.update_row(context, lower, ended_at=clock.now())
    return merge_journal.move_rows(context, field, remember=("ended_at",))


def _undo_merge_tier_records(field: peewee.Field, context: MergeContext) -> None:
    """Make the previous records of both members active again.

    If the survivor's tier has changed since, the better of the old and the new one stays: an undo takes no tier away.
    """
    merge_journal.undo_move(field, context)
    ended = [
        step.row_id for step in merge_journal.list_steps(context, TierRecord) if "member" not in step.before
    ]
    theirs = {step.row_id: step.before["ended_at"] for step in merge_journal.list_moves(context, field)}
    for row_id, ended_at in theirs.items():
        if ended_at is None or row_id in ended:
            TierRecord.update(ended_at=None).where(TierRecord.id == row_id).execute()
    own = TierRecord.by_ids([row_id for row_id in ended if row_id not in theirs])
    now = _active_records(context.survivor_id)
    if Member.get_by_id(context.survivor_id).joined_at is None or (
        own and now and _sort_key(own[0]) > _sort_key(now[0])
    ):
        for record in now:
            record.update_fields(ended_at=max(clock.now(), record.started_at))
        now = []
    if own and not now:
        own[0].update_fields(ended_at=None)


def _active_records(*member_ids: int) -> list[TierRecord]:
    """Return the active records of some members, the best first, the older one on a tie."""
    active = TierRecord.member.in_(member_ids) & TierRecord.ended_at.is_null()
    query = TierRecord.select(TierRecord, Tier).join(Tier).where(active).order_by(TierRecord.id)
    return sorted(query, key=_sort_key, reverse=True)


def _sort_key(record: TierRecord) -> tuple[int, bool, datetime]:
    """Return the sort key of a record: the higher tier first, of one tier the longer one."""
    return record.tier.rank, record.valid_until is None, record.valid_until or record.started_at


merge_rules.register_rule(TierRecord.member, _merge_tier_records, undo=_undo_merge_tier_records)
