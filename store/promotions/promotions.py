"""Promotions (促销): made as drafts, approved by a named other person, paused, resumed and ended."""

from collections.abc import Mapping
from typing import Any

from peewee import fn

from store import approvals
from store.approvals import Approval
from store.core import actors, clock, errors
from store.core.database import db
from store.promotions import drafts, references
from store.promotions.drafts import PromotionDraft
from store.promotions.parameters import SpecialPrices
from store.promotions.tables import LABELS, TRANSITIONS, Promotion, PromotionQuantity, PromotionShop
from store.shops.shops import Shop
from store.tenants import audit, business_days

APPROVAL_KIND = "promotion"
MAX_REASON_LENGTH = 200


@db.transactional
def create(*, values: Mapping[str, Any]) -> Promotion:
    """Create a draft. Raises DomainError(invalid)."""
    draft = references.validate(values)
    row = Promotion.create(number=_next_number(), created_by=actors.current().name, **_columns_of(draft))
    _write_shops(row, draft)
    audit.record("promotions.create", _subject(row), after=_to_audit(draft))
    return row


@db.transactional
def change(promotion: Promotion, *, values: Mapping[str, Any]) -> Promotion:
    """Change some of the content of a draft, or of a rejected promotion, and keep the rest. It is a draft then.

    Idempotent. Raises DomainError(invalid, promotion_state).
    """
    row = lock(promotion.id)
    if row.state not in ("draft", "rejected"):
        raise state_error(row, "修改")
    before = row.draft
    draft = references.validate({**before.model_dump(mode="json"), **values}, before)
    columns = _columns_of(draft)
    if columns["content_json"] != row.content_json:
        row.update_fields(state="draft", **columns)
        _write_shops(row, draft)
        audit.record("promotions.change", _subject(row), before=_to_audit(before), after=_to_audit(draft))
    return row


@db.transactional
def copy(promotion: Promotion) -> Promotion:
    """Create a draft with the same content."""
    row = lock(promotion.id)
    draft = row.draft.model_copy(update={"name": f"{row.name[:37]} 副本"})
    made = Promotion.create(
        number=_next_number(), created_by=actors.current().name, copied_from=row, **_columns_of(draft)
    )
    _write_shops(made, draft)
    audit.record("promotions.copy", _subject(made), after={"copied_from": row.public_id})
    return made


@db.transactional
def delete(promotion: Promotion) -> None:
    """Delete a draft that was never submitted. Idempotent. Raises DomainError(promotion_state)."""
    row = Promotion.find(id=promotion.id, lock=True)
    if row is None:
        return
    is_copied = Promotion.find_where("copied_from_id = ? LIMIT 1", row.id)
    if row.state != "draft" or row.submitted_at is not None or is_copied:
        raise state_error(row, "删除")
    audit.record("promotions.delete", _subject(row), before={"name": row.name})
    PromotionShop.delete().where(PromotionShop.promotion == row.id).execute()
    row.delete_instance()


@db.transactional
def submit(promotion: Promotion, *, approver: str) -> Promotion:
    """Submit a draft or a rejected promotion for approval by a named colleague. Idempotent.

    Raises DomainError(invalid, promotion_state, approval_open).
    """
    row = lock(promotion.id)
    if row.state not in ("draft", "rejected", "submitted"):
        raise state_error(row, "提交审批")
    drafts.ensure_not_over(row.draft)
    approvals.submit(
        kind=APPROVAL_KIND, subject=row.public_id, title=row.name, version=row.version, approver=approver,
        content={"json": row.content_json},
    )  # fmt: skip
    if row.state != "submitted":
        row.update_fields(
            submitted_by=actors.current().name, submitted_at=clock.now(), approver=approver.strip()
        )
        _transition(row, "submitted", "submit")
    return row


@db.transactional
def withdraw(promotion: Promotion) -> Promotion:
    """Take back a submission, as its author. The promotion is a draft again. Idempotent."""
    row = lock(promotion.id)
    approval = find_submission(row)
    if approval is not None:
        approvals.withdraw(approval)
        _transition(row, "draft", "withdraw")
    elif row.state != "draft":
        raise state_error(row, "撤回")
    return row


@db.transactional
def approve(promotion: Promotion, *, version: str, opinion: str = "") -> Promotion:
    """Approve exactly the version that the named approver has read. It acts from its start on. Idempotent.

    Raises DomainError(invalid, promotion_state, promotion_changed, own_submission, not_the_approver).
    """
    row = lock(promotion.id)
    if row.state == "approved" and row.approved_version == version:
        return row
    draft = row.draft
    drafts.ensure_not_over(draft)
    _decide(row, version, opinion, approved=True)
    row.update_fields(
        approved_version=version, approved_by=actors.current().name, approved_at=clock.now(), state="approved"
    )
    _write_quantities(row, draft)
    audit.record("promotions.approve", _subject(row), after={"version": version, "opinion": opinion})
    return row


@db.transactional
def reject(promotion: Promotion, *, version: str, opinion: str) -> Promotion:
    """Reject a submission with an opinion. Idempotent.

    Raises DomainError(invalid, promotion_state, promotion_changed, own_submission, not_the_approver).
    """
    if not opinion.strip():
        raise errors.invalid("opinion", "请填写驳回意见")
    row = lock(promotion.id)
    if row.state != "rejected" or row.version != version:
        _decide(row, version, opinion, approved=False)
        _transition(row, "rejected", "reject", reason=opinion)
    return row


@db.transactional
def pause(promotion: Promotion, *, reason: str) -> Promotion:
    """Pause an approved promotion at once: no order has it from now on. Idempotent. Raises DomainError(invalid)."""
    if not 1 <= len(reason.strip()) <= MAX_REASON_LENGTH:
        raise errors.invalid("reason", f"请填写暂停原因，最多 {MAX_REASON_LENGTH} 个字")
    row = lock(promotion.id)
    if row.state != "paused":
        _transition(row, "paused", "pause", reason=reason.strip())
    return row


@db.transactional
def resume(promotion: Promotion) -> Promotion:
    """Resume a paused promotion. Idempotent. Raises DomainError(promotion_state)."""
    row = lock(promotion.id)
    if row.state != "approved":
        if row.state != "paused":
            raise state_error(row, "恢复")
        _transition(row, "approved", "resume")
    return row


@db.transactional
def end(promotion: Promotion) -> Promotion:
    """End an approved promotion finally. Orders that have it keep it. Idempotent."""
    row = lock(promotion.id)
    if row.state != "ended":
        _transition(row, "ended", "end")
        row.update_fields(ended_at=clock.now())
    return row


def lock(promotion_id: int) -> Promotion:
    """Lock a promotion until the transaction ends. Raises DomainError(not_found)."""
    return _ensure_found(Promotion.find(id=promotion_id, lock=True))


def get_by_public_id(public_id: str) -> Promotion:
    """Return the promotion of a public id. Raises DomainError(not_found)."""
    return _ensure_found(Promotion.find(public_id=public_id))


def find_by_public_id(public_id: str) -> Promotion | None:
    """Return the promotion of a public id, or None."""
    return Promotion.find(public_id=public_id)


def find_submission(promotion: Promotion) -> Approval | None:
    """Return the submission of a promotion that waits for its decision, or None."""
    return approvals.find_open(APPROVAL_KIND, promotion.public_id)


def state_error(promotion: Promotion, action: str) -> errors.DomainError:
    """Return the error of an action that the state of a promotion does not allow."""
    sentence = f"促销当前为「{LABELS[promotion.state]}」，不能{action}"
    return errors.DomainError("promotion_state", sentence, 409, state=promotion.state)


def _columns_of(draft: PromotionDraft) -> dict[str, Any]:
    return {
        "content_json": draft.model_dump_json(), "name": draft.name, "kind": draft.kind, "starts_at": draft.starts_at,
        "ends_at": draft.ends_at, "online": "online" in draft.channels, "till": "till" in draft.channels,
        "all_shops": not draft.shops,
    }  # fmt: skip


def _write_shops(row: Promotion, draft: PromotionDraft) -> None:
    """Write the shops of a draft instead of those before. Requires a transaction."""
    PromotionShop.delete().where(PromotionShop.promotion == row.id).execute()
    if draft.shops:
        query: Any = Shop.select(Shop.id).where(Shop.code.in_(draft.shops)).tuples()
        PromotionShop.create_many([{"promotion": row.id, "shop": shop_id} for (shop_id,) in query])


def _write_quantities(row: Promotion, draft: PromotionDraft) -> None:
    """Write the quantities of special prices that have one. Requires a transaction."""
    parameters = draft.parameters
    prices = parameters.prices if isinstance(parameters, SpecialPrices) else ()
    PromotionQuantity.create_many(
        [
            {"promotion": row.id, "product": one.product, "quantity": one.quantity}
            for one in prices
            if one.quantity is not None
        ]
    )


def _next_number() -> str:
    """Return the next number of today, such as P202611280013."""
    db.advisory_lock("promotion numbers")
    day = f"P{business_days.today():%Y%m%d}"
    last = Promotion.select(fn.MAX(Promotion.number)).where(Promotion.number.startswith(day)).scalar()
    return f"{day}{int((last or '0')[-4:]) + 1:04d}"


def _decide(row: Promotion, version: str, opinion: str, *, approved: bool) -> None:
    approval = find_submission(row)
    if approval is None or row.state != "submitted":
        raise state_error(row, "审批")
    if row.version != version:
        raise errors.DomainError("promotion_changed", "促销已变化，请重新查看后再审批", 409)
    approvals.decide(approval, approved=approved, version=version, opinion=opinion)


def _transition(row: Promotion, state: str, action: str, *, reason: str = "") -> None:
    if state not in TRANSITIONS[row.state]:
        label = {"pause": "暂停", "end": "结束"}.get(action, "操作")
        raise state_error(row, label)
    row.update_fields(state=state)
    audit.record(f"promotions.{action}", _subject(row), after={"state": state, "reason": reason})


def _subject(row: Promotion) -> str:
    return f"promotion:{row.public_id}"


def _to_audit(draft: PromotionDraft) -> dict[str, Any]:
    return draft.model_dump(mode="json", exclude={"rules_text"})


def _ensure_found(row: Promotion | None) -> Promotion:
    if row is None:
        raise errors.not_found("该促销")
    return row
