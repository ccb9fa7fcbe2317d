"""Approvals (审批): what one person submits, another decides once. Any subject is named by its kind and public id."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import peewee
from peewee import fn

from store.core import actors, clock, errors, ids, input_limits, listing
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.tenants import audit

LABELS = {"submitted": "待审批", "approved": "已通过", "rejected": "已拒绝", "withdrawn": "已撤回"}
TRANSITIONS = {
    "submitted": {"approved", "rejected", "withdrawn"},
    "approved": set(), "rejected": set(), "withdrawn": set(),
}  # fmt: skip
MAX_OPINION_LENGTH = 500


class Approval(Model):
    """One submission. `version` is the hash of what is approved, `revision` counts the submissions of the subject.

    `approver` is the only one who may decide, None for everybody but the author.
    """

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("apv_"))
    kind = peewee.CharField(max_length=30)
    subject = peewee.CharField(max_length=60)
    title = peewee.CharField(max_length=100)
    revision = peewee.IntegerField()
    version = peewee.CharField(max_length=64)
    content = JsonField()
    state = peewee.CharField(
        max_length=10, default="submitted", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    author = peewee.CharField(max_length=100)
    approver = peewee.CharField(max_length=100, null=True)
    decider = peewee.CharField(max_length=100, null=True)
    opinion = peewee.CharField(max_length=MAX_OPINION_LENGTH, default="")
    submitted_at = UtcDateTimeField(default=clock.now)
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("kind", "subject", "revision"), True), (("state", "submitted_at"), False))
        constraints = [peewee.Check("decider IS NULL OR decider <> author OR state = 'withdrawn'")]


Approval.add_index(
    Approval.index(Approval.kind, Approval.subject, unique=True, name="approval_open").where(
        peewee.SQL("state = 'submitted'")
    )
)

_SORTS = {"submitted_at": Approval.submitted_at, "decided_at": Approval.decided_at}


@dataclass(frozen=True)
class ApprovalFilter:
    """Which approvals are listed: those of some kinds.

    `person` decides what is `mine`: "to_decide" waits for the person, "submitted" are the person's own, "decided"
    those that the person has decided. `search` is a part of the title. `seen` holds for kinds of which the person sees
    only some subjects the query of these subjects.
    """

    kinds: Collection[str]
    person: str
    box: str = "to_decide"
    search: str = ""
    state: str | None = None
    seen: Mapping[str, Any] = field(default_factory=dict)


@db.transactional
def submit(
    *, kind: str, subject: str, title: str, version: str, content: Mapping[str, Any], approver: str | None
) -> Approval:
    """Submit a subject for approval by a named person, or by anybody else. Idempotent for the same version.

    Raises DomainError(approval_open) if another submission waits for its decision.
    """
    author = actors.current().name
    if approver is not None:
        approver = input_limits.check_line(approver.strip(), field="approver", max_length=100)
        if approver in ("", author):
            raise errors.invalid("approver", "请指定本人以外的审批人")
    db.advisory_lock(f"approvals:{kind}:{subject}")
    found = find_open(kind, subject)
    if found is not None:
        if (found.version, found.author, found.approver) == (version, author, approver):
            return found
        raise errors.DomainError("approval_open", "已提交审批，请等待审批或先撤回", 409)
    made = Approval.create(
        kind=kind, subject=subject, title=title, revision=_count_submissions(kind, subject) + 1, version=version,
        content=dict(content), author=author, approver=approver,
    )  # fmt: skip
    _record_audit("submit", made)
    return made


@db.transactional
def decide(approval: Approval, *, approved: bool, version: str, opinion: str = "") -> Approval:
    """Approve or reject exactly the version that the approver has read. Idempotent for the same decision.

    Raises DomainError(own_submission, not_the_approver, approval_changed, approval_decided).
    """
    me, state, opinion = actors.current().name, "approved" if approved else "rejected", opinion.strip()
    approval = _lock(approval)
    if (approval.state, approval.decider, approval.version) == (state, me, version):
        return approval
    if approval.state != "submitted":
        raise _decided_error(approval)
    if me == approval.author:
        raise errors.DomainError("own_submission", "不能审批自己提交的内容", 403)
    if approval.approver not in (None, me):
        raise errors.DomainError("not_the_approver", f"请由审批人 {approval.approver} 审批", 403)
    if approval.version != version:
        raise errors.DomainError("approval_changed", "内容已变化，请重新查看后再审批", 409)
    if not approved and not opinion:
        raise errors.invalid("opinion", "请填写驳回意见")
    return _close(approval, state, opinion=_check_opinion(opinion))


@db.transactional
def withdraw(approval: Approval) -> Approval:
    """Take back a submission, as its author. Idempotent."""
    approval = _lock(approval)
    if approval.state == "withdrawn":
        return approval
    if approval.state != "submitted":
        raise _decided_error(approval)
    if actors.current().name != approval.author:
        raise errors.DomainError("not_the_author", f"只有提交人 {approval.author} 可以撤回", 403)
    return _close(approval, "withdrawn")


def get_by_public_id(public_id: str) -> Approval:
    """Return the approval of a public id. Raises DomainError(not_found)."""
    found = Approval.find(public_id=public_id)
    if found is None:
        raise errors.not_found("该审批")
    return found


def find_open(kind: str, subject: str) -> Approval | None:
    """Return the submission of a subject that waits for its decision, or None."""
    return Approval.find(kind=kind, subject=subject, state="submitted")


def find_approved(kind: str, subject: str) -> Approval | None:
    """Return the last approved submission of a subject, or None."""
    query = _of_subject(kind, subject).where(Approval.state == "approved")
    return query.order_by(Approval.revision.desc()).first()


def find_latest(kind: str, subjects: Iterable[str]) -> dict[str, Approval]:
    """Return the last submission of each subject that has one."""
    wanted = Approval.select().where((Approval.kind == kind) & Approval.subject.in_(list(subjects)))
    return {row.subject: row for row in wanted.order_by(Approval.revision)}


def list_submissions(kind: str, subject: str) -> list[Approval]:
    """Return all submissions of a subject, the first one first."""
    return list(_of_subject(kind, subject).order_by(Approval.revision))


def list_page(criteria: ApprovalFilter, page: Page) -> tuple[list[Approval], int]:
    """Return a page of approvals and the number of all."""
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-submitted_at", id_field=Approval.id
    )


def is_seen(approval: Approval, seen: Mapping[str, Any]) -> bool:
    """Return whether a person sees the subject of an approval. `seen` is that of `ApprovalFilter`."""
    return bool(_select_seen(Approval.select().where(Approval.id == approval.id), seen).exists())


def count_waiting(kind: str, person: str, *, seen: Mapping[str, Any]) -> int:
    """Return how many submissions of a kind wait for a person's decision. `seen` is that of `ApprovalFilter`."""
    return int(_select(ApprovalFilter(kinds=[kind], person=person, seen=seen)).count())


def _select(criteria: ApprovalFilter) -> Any:
    query = Approval.select().where(Approval.kind.in_(list(criteria.kinds)) & _box_condition(criteria))
    query = _select_seen(query, criteria.seen)
    if criteria.search.strip():
        query = query.where(Approval.title.contains(criteria.search.strip()))
    return query if criteria.state is None else query.where(Approval.state == criteria.state)


def _select_seen(query: Any, seen: Mapping[str, Any]) -> Any:
    for kind, subjects in seen.items():
        query = query.where((Approval.kind != kind) | Approval.subject.in_(subjects))
    return query


def _box_condition(criteria: ApprovalFilter) -> Any:
    if criteria.box == "submitted":
        return Approval.author == criteria.person
    if criteria.box == "decided":
        return (Approval.decider == criteria.person) & (Approval.state != "withdrawn")
    is_mine = Approval.approver.is_null() | (Approval.approver == criteria.person)
    return (Approval.state == "submitted") & is_mine & (Approval.author != criteria.person)


def _of_subject(kind: str, subject: str) -> Any:
    return Approval.select().where((Approval.kind == kind) & (Approval.subject == subject))


def _count_submissions(kind: str, subject: str) -> int:
    return int(_of_subject(kind, subject).select(fn.COALESCE(fn.MAX(Approval.revision), 0)).scalar())


def _lock(approval: Approval) -> Approval:
    return db.lock(Approval.select().where(Approval.id == approval.id)).get()


def _check_opinion(text: str) -> str:
    return input_limits.check_line(text, field="opinion", max_length=MAX_OPINION_LENGTH)


def _close(approval: Approval, state: str, *, opinion: str = "") -> Approval:
    """End a submission. One statement, so that of two decisions at once only one counts."""
    changes = {
        "state": state, "decider": actors.current().name, "opinion": opinion, "decided_at": clock.now(),
    }  # fmt: skip
    waiting = (Approval.id == approval.id) & (Approval.state == "submitted")
    if not Approval.update(**changes).where(waiting).execute():
        raise _decided_error(_lock(approval))
    for name, value in changes.items():
        setattr(approval, name, value)
    _record_audit(state, approval)
    return approval


def _decided_error(approval: Approval) -> errors.DomainError:
    sentence = f"该审批{LABELS[approval.state]}，不能再操作"
    return errors.DomainError("approval_decided", sentence, 409, state=approval.state)


def _record_audit(step: str, approval: Approval) -> None:
    subject = f"{approval.kind}:{approval.subject}"
    after = {"approval": approval.public_id, "version": approval.version, "opinion": approval.opinion}
    audit.record(f"approvals.{step}", subject, after=after)
