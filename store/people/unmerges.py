"""An unmerge (撤销合并): two people who were taken for one are two again, each with what was theirs.

What the merge moved goes back to the last point and fen; what was done since stays with the survivor.
Where something that moved has been spent since, it says so and changes nothing (docs/decisions/0008).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from store.company import audit
from store.kernel import actors, clock, db, events, refusals
from store.people import customers, members, merge_journal, merges
from store.people.customers import Customer
from store.people.members import Member
from store.people.merge_journal import Merge, Way
from store.people.merges import Carrier, Hindrance

UNDO_DAYS = merge_journal.KEPT_DAYS
LONGEST_REASON = 200


@dataclass(frozen=True)
class Plan:
    """What would go back, rows by table and column, and everything that stands in the way."""

    merge: Merge
    goes_back: dict[str, int]
    hindrances: tuple[Hindrance, ...]


def plan(merge: Merge) -> Plan:
    """Look what an undo of a merge would do, without doing it.

    What forbids the undo as such, or has to be undone before, hides what the nouns would say.
    """
    merge = merges.of_id(merge.id)
    found = tuple(_forbids(merge)) or tuple(_hinders(merge))
    return Plan(merge=merge, goes_back={} if found else dict(merge.moved), hindrances=found)


@db.verb
def unmerge(*, merge: Merge, reason: str) -> Merge:
    """Undo a merge in the name of staff, with a reason; undone before, nothing changes.

    Refuses with `unmerge_hindered`, which tells all that stands in the way.
    """
    if actors.current().kind not in ("staff", "operator"):
        raise refusals.Refused("staff_only", "撤销合并须由员工办理", 403)
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise refusals.invalid("reason", f"请填写撤销原因，最多 {LONGEST_REASON} 个字")
    merge = _locked(merge)
    if merge.undone_at is not None:
        return merge
    found = plan(merge).hindrances
    if found:
        sentence = "不能撤销合并：" + "；".join(hindrance.sentence for hindrance in found)
        facts = [{"code": each.code, "sentence": each.sentence, **each.facts} for each in found]
        raise refusals.Refused("unmerge_hindered", sentence, 409, hindrances=facts)
    _part(merge)
    by = actors.current().name
    merge.put(undone_at=clock.now(), undone_by=by, undone_because=reason.strip())
    _record(merge)
    return merge


def on_top_of(merge: Merge) -> list[Merge]:
    """The merges that were built on this one and are in force, the latest first: the order to undo them in."""
    people, found = {merge.survivor_id}, []
    later = Merge.select().where((Merge.id > merge.id) & Merge.undone_at.is_null())
    for row in later.order_by(Merge.id):
        if people & {row.survivor_id, row.lost_id}:
            people.add(row.survivor_id)
            found.append(row)
    return found[::-1]


def _locked(merge: Merge) -> Merge:
    """The merge as it stands once nobody else can move anything of the two.

    The one who is gone is locked first, in the order in which everybody gets from there to the survivor.
    """
    merge = merges.of_id(merge.id)
    customers.locked(merge.lost_id)
    for step in _member_steps(merge):
        members.locked(step.row_id)
    return merges.of_id(merge.id)


def _forbids(merge: Merge) -> Iterator[Hindrance]:
    if merge.undone_at is not None:
        yield Hindrance("undone", "这次合并已经撤销")
        return
    if merge.at < clock.now() - timedelta(days=UNDO_DAYS):
        yield Hindrance("too_late", f"合并已超过 {UNDO_DAYS} 天", {"days": UNDO_DAYS})
    if merge.steps is None:
        yield Hindrance("no_journal", "合并时的版本没有留下明细，无法逐项恢复")
    above = [row.id for row in on_top_of(merge)]
    if above:
        numbers = "、".join(map(str, above))
        yield Hindrance("merged_since", f"之后又有合并，请先依次撤销合并 {numbers}", {"merges": above})


def _hinders(merge: Merge) -> Iterator[Hindrance]:
    for carriers, way in _ways(merge):
        for carrier in carriers:
            yield from carrier.hinders(carrier.field, way)


def _part(merge: Merge) -> None:
    """Bring the two people back to life, then what is theirs."""
    way = Way(merge, merge.lost_id, merge.survivor_id)
    for model in (Customer, Member):
        for step in merge_journal.steps(way, model):
            if step.after:
                merge_journal.restore(step, model)
    for carriers, each in _ways(merge):
        for carrier in carriers:
            carrier.back(carrier.field, each)


def _ways(merge: Merge) -> Iterator[tuple[list[Carrier], Way]]:
    yield merges.OF_CUSTOMER, Way(merge, merge.lost_id, merge.survivor_id)
    for step in _member_steps(merge):
        assert step.after is not None
        yield merges.OF_MEMBER, Way(merge, step.row_id, step.after["merged_into"])


def _member_steps(merge: Merge) -> list[merge_journal.MergeStep]:
    """The steps in which member accounts were taken over, in the order of their ids."""
    found = merge_journal.steps(Way(merge, merge.lost_id, merge.survivor_id), Member)
    taken = [step for step in found if step.after and "merged_into" in step.after]
    return sorted(taken, key=lambda step: step.row_id)


def _record(merge: Merge) -> None:
    """Both have it in their timelines."""
    for customer_id in (merge.survivor_id, merge.lost_id):
        events.record("customers.unmerged", customer_id=customer_id, merge_id=merge.id)
    audit.record(
        "unmerges.unmerge",
        f"customer:{merge.survivor.public_id}",
        after={"merge": merge.id, "lost": merge.lost.public_id, "reason": merge.undone_because},
    )
