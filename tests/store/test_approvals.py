"""Approvals: what one submits, another decides, exactly once."""

from collections import Counter

import pytest

from store import approvals
from store.approvals import Approval
from store.core import actors
from store.core.errors import DomainError
from store.core.listing import Page
from store.tenants import audit
from tests.support import database
from tests.support.races import with_barrier, without_write_queue

LI, WANG, ZHAO = (actors.Actor(kind="staff", name=name) for name in ("li", "wang", "zhao"))


def submit(**changes):
    with actors.acting_as(LI):
        return approvals.submit(
            **{"kind": "poster", "subject": "p1", "title": "海报", "version": "v1", "content": {"text": "早"},
               "approver": None} | changes
        )  # fmt: skip


def decide(approval, actor=WANG, **changes):
    with actors.acting_as(actor):
        return approvals.decide(approval, **{"approved": True, "version": "v1", "opinion": "不行"} | changes)


def list_steps():
    return [entry.action for entry in audit.list_entries() if entry.action.startswith("approvals.")]


def code_of(work):
    with pytest.raises(DomainError) as refused:
        work()
    return refused.value.code


def test_a_submission_is_decided_once_by_another(acme):
    first = submit()
    assert submit().id == first.id
    assert code_of(lambda: submit(version="v2")) == "approval_open"
    assert code_of(lambda: decide(first, LI)) == "own_submission"
    assert code_of(lambda: decide(first, version="v2")) == "approval_changed"
    assert code_of(lambda: decide(first, approved=False, opinion=" ")) == "invalid"
    for _ in range(2):
        assert decide(first).state == "approved"
    assert code_of(lambda: decide(first, approved=False)) == "approval_decided"
    assert code_of(lambda: decide(first, ZHAO)) == "approval_decided"
    assert list_steps() == ["approvals.approved", "approvals.submit"]
    assert submit(version="v2").revision == 2
    assert approvals.find_approved("poster", "p1").version == "v1"


def test_only_the_named_approver_decides_and_only_the_author_withdraws(acme):
    named = submit(approver="wang")
    assert code_of(lambda: decide(named, ZHAO)) == "not_the_approver"
    with actors.acting_as(WANG):
        assert code_of(lambda: approvals.withdraw(named)) == "not_the_author"
    with actors.acting_as(LI):
        for _ in range(2):
            assert approvals.withdraw(named).state == "withdrawn"
    assert code_of(lambda: decide(named)) == "approval_decided"
    assert code_of(lambda: submit(approver="li")) == "invalid"


def test_each_box_holds_what_belongs_to_the_person(acme):
    submit(approver="wang")
    decide(submit(subject="p2"), approved=False)
    submit(subject="p3", kind="other")

    def subjects(person, box):
        criteria = approvals.ApprovalFilter(kinds=["poster"], person=person, box=box)
        return [row.subject for row in approvals.list_page(criteria, Page())[0]]

    assert subjects("wang", "to_decide") == ["p1"]
    assert subjects("zhao", "to_decide") == []
    assert subjects("li", "submitted") == ["p2", "p1"]
    assert subjects("wang", "decided") == ["p2"]


def decisions(approval):
    """Two approvers at once: one says yes, the other no."""

    def answer(number):
        try:
            decide(approval, (WANG, ZHAO)[number], approved=not number)
        except DomainError as refused:
            return refused.code
        return "ok"

    return Counter(database.run_concurrently(2, answer))


def test_of_two_approvers_at_once_one_decides(acme):
    approval = submit()
    assert decisions(approval) == {"ok": 1, "approval_decided": 1}
    assert len(list_steps()) == 2


def test_control_without_lock_and_condition_both_decide(acme, monkeypatch):
    """Both have read that it waits before either writes, and the write asks for no state."""
    approval = submit()

    def close(row, state, *, opinion=""):
        Approval.update(state=state, decider=actors.current().name).where(Approval.id == row.id).execute()
        return row

    monkeypatch.setattr(approvals, "_lock", with_barrier(lambda row: Approval.get_by_id(row.id)))
    monkeypatch.setattr(approvals, "_close", close)
    with without_write_queue():
        assert decisions(approval) == {"ok": 2}
