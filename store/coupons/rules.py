"""Coupon rules (券规则): approved terms with a stock of coupons."""

from collections.abc import Mapping
from typing import Any

import peewee
from peewee import fn

from store import approvals
from store.approvals import Approval
from store.catalog import product_groups
from store.core import actors, clock, errors, ids, validation
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.coupons import terms as coupon_terms
from store.coupons.terms import Terms
from store.customers.programmes import Programme
from store.tenants import audit, business_days, cost_centres

LABELS = {
    "draft": "草稿", "pending": "审批中", "approved": "已批准", "rejected": "已驳回", "listed": "已上架",
    "delisted": "已下架", "ended": "已结束",
}  # fmt: skip
TRANSITIONS = {
    "draft": {"pending"},
    "pending": {"draft", "approved", "rejected"},
    "rejected": {"draft"},
    "approved": {"listed", "ended"},
    "listed": {"delisted", "ended"},
    "delisted": {"listed", "ended"},
    "ended": set(),
}
MAX_NOTE_LENGTH = 200
APPROVAL_KIND = "coupon_rule"


class CouponRule(Model):
    """`terms_json` holds the terms, `approved_version` the hash of the approved terms.

    `number` (规则编号) is the day and five digits. `name` and `kind` are those of the terms, to be searched by.
    `issued` counts the issued coupons and those reserved by an open batch. A rule is stopped (紧急暂停) from
    `stopped_at` on.
    """

    programme = peewee.ForeignKeyField(Programme)
    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("cpr_"))
    number = peewee.CharField(max_length=13, unique=True)
    name = peewee.CharField(max_length=15)
    kind = peewee.CharField(max_length=20)
    state = peewee.CharField(
        max_length=10, default="draft", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    terms_json = peewee.TextField()
    stock = peewee.BigIntegerField(null=True)
    issued = peewee.BigIntegerField(default=0)
    approved_version = peewee.CharField(max_length=64, null=True)
    stopped_at = UtcDateTimeField(null=True)
    copied_from = peewee.ForeignKeyField("self", null=True)
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        constraints = [peewee.Check("issued >= 0 AND (stock IS NULL OR issued <= stock)")]

    @property
    def terms(self) -> Terms:
        return coupon_terms.parse(self.terms_json)

    @property
    def version(self) -> str:
        return coupon_terms.version(self.terms_json)


class CouponRuleStep(Model):
    """One step of a rule: the state, the actor, the note and the version."""

    rule = peewee.ForeignKeyField(CouponRule, backref="steps")
    state = peewee.CharField(max_length=10)
    actor = peewee.CharField(max_length=100)
    note = peewee.CharField(max_length=MAX_NOTE_LENGTH, default="")
    version = peewee.CharField(max_length=64)
    occurred_at = UtcDateTimeField(default=clock.now)


@db.transactional
def create_draft(*, programme: Programme, values: Mapping[str, Any]) -> CouponRule:
    """Create a draft. Its coupons can be claimed once it is approved and published."""
    terms = _validate_terms(values)
    product_groups.ensure_all_choosable(terms.product_groups, field="product_groups")
    rule = CouponRule.create(programme=programme, number=_next_number(), **_columns_of(terms))
    _record_step(rule, "draft")
    return rule


@db.transactional
def edit_draft(rule: CouponRule, *, values: Mapping[str, Any]) -> CouponRule:
    """Change some of the terms of a draft, or of a rejected rule, and keep the others. The rule is a draft then."""
    rule = lock(rule.id)
    if rule.state not in ("draft", "rejected"):
        raise invalid_state_error(rule, "修改")
    terms = _validate_terms({**rule.terms.model_dump(mode="json"), **values})
    columns = _columns_of(terms)
    added = set(terms.product_groups) - set(rule.terms.product_groups)
    product_groups.ensure_all_choosable(added, field="product_groups")
    if columns["terms_json"] != rule.terms_json:
        rule.update_fields(state="draft", **columns)
        _record_step(rule, "draft")
    return rule


@db.transactional
def copy_as_draft(rule: CouponRule) -> CouponRule:
    """Create a draft with the same terms. Added stock is not copied."""
    rule = lock(rule.id)
    made = CouponRule.create(
        programme=rule.programme_id, number=_next_number(), copied_from=rule, **_columns_of(rule.terms)
    )
    _record_step(made, "draft", note=f"复制自 {rule.number}")
    return made


@db.transactional
def request_approval(rule: CouponRule, *, approver: str) -> CouponRule:
    """Request the approval of a named colleague. The draft cannot be edited any more. Idempotent."""
    rule = lock(rule.id)
    _ensure_cost_centre_exists(rule.terms)  # of drafts that were written before centres had to be there
    if rule.state not in ("draft", "pending"):
        raise invalid_state_error(rule, "提交审批")
    approvals.submit(
        kind=APPROVAL_KIND, subject=rule.public_id, title=rule.name, version=rule.version, approver=approver,
        content=rule.terms.model_dump(mode="json"),
    )  # fmt: skip
    if rule.state != "pending":
        _transition(rule, "pending", "提交审批", note=approver.strip()[:MAX_NOTE_LENGTH])
    return rule


@db.transactional
def withdraw(rule: CouponRule) -> CouponRule:
    """Take back a submission, as its author. The rule is a draft again."""
    rule = lock(rule.id)
    approval = find_submission(rule)
    if approval is not None:
        approvals.withdraw(approval)
        _transition(rule, "draft", "撤回", note="撤回")
    elif rule.state != "draft":
        raise invalid_state_error(rule, "撤回")
    return rule


@db.transactional
def approve(rule: CouponRule, *, version: str, opinion: str = "") -> CouponRule:
    """Approve exactly the version that the approver has read."""
    rule = lock(rule.id)
    if rule.state == "approved" and rule.approved_version == version:
        return rule
    _decide(rule, "approved", version, opinion)
    rule.update_fields(approved_version=version)
    return rule


@db.transactional
def reject(rule: CouponRule, *, version: str, opinion: str) -> CouponRule:
    """Reject a rule with an opinion. `revise` makes it a draft again."""
    if not opinion.strip():
        raise errors.invalid("opinion", "请填写驳回意见")
    rule = lock(rule.id)
    if rule.state != "rejected" or rule.version != version:
        _decide(rule, "rejected", version, opinion)
    return rule


@db.transactional
def revise(rule: CouponRule) -> CouponRule:
    """Make a rejected rule a draft again."""
    return _transition_once(rule, "draft", "重新编辑")


@db.transactional
def publish(rule: CouponRule) -> CouponRule:
    """Publish a rule (上架): its coupons can be claimed."""
    rule = lock(rule.id)
    if rule.state in ("approved", "delisted") and rule.version != rule.approved_version:
        raise errors.DomainError("coupon_rule_changed", "券规则与批准的版本不一致，不能上架", 409)
    return _transition_once(rule, "listed", "上架")


@db.transactional
def unpublish(rule: CouponRule) -> CouponRule:
    """Unpublish a rule (下架): no more coupons are issued, issued ones stay valid."""
    return _transition_once(rule, "delisted", "下架")


@db.transactional
def end(rule: CouponRule) -> CouponRule:
    """End a rule finally. Issued coupons stay valid."""
    return _transition_once(rule, "ended", "结束")


def lock(rule_id: int) -> CouponRule:
    """Lock a rule until the transaction ends."""
    return _ensure_found(CouponRule.find(id=rule_id, lock=True))


def get_by_public_id(public_id: str) -> CouponRule:
    """Return the rule of a public id. Raises DomainError(not_found)."""
    return _ensure_found(find_by_public_id(public_id))


def find_by_public_id(public_id: str) -> CouponRule | None:
    """Return the rule of a public id, or None."""
    return CouponRule.find(public_id=public_id)


def find_submission(rule: CouponRule) -> Approval | None:
    """Return the submission of a rule that waits for its decision, or None."""
    return approvals.find_open(APPROVAL_KIND, rule.public_id)


def list_history(rule: CouponRule) -> list[CouponRuleStep]:
    """Return the steps of a rule, the first one first."""
    query = CouponRuleStep.select().where(CouponRuleStep.rule == rule)
    return list(query.order_by(CouponRuleStep.id))


def record_note(rule: CouponRule, note: str) -> None:
    """Record a step of a rule in its present state. Requires the rule's lock."""
    CouponRuleStep.create(
        rule=rule, state=rule.state, actor=actors.current().name, note=note[:MAX_NOTE_LENGTH],
        version=rule.version,
    )  # fmt: skip


def invalid_state_error(rule: CouponRule, action: str) -> errors.DomainError:
    """Return the error of an action that the rule's state does not allow."""
    sentence = f"券规则当前为「{LABELS[rule.state]}」，不能{action}"
    return errors.DomainError("coupon_rule_state", sentence, 409, state=rule.state)


def _validate_terms(values: Mapping[str, Any]) -> Terms:
    terms = validation.validate(Terms, dict(values))
    _ensure_cost_centre_exists(terms)
    return terms


def _ensure_cost_centre_exists(terms: Terms) -> None:
    centre = cost_centres.find_by_code(terms.cost_centre)
    if centre is None:
        raise errors.invalid("cost_centre", f"没有编码为 {terms.cost_centre} 的成本中心，请先开设")
    cost_centres.ensure_open(centre)


def _columns_of(terms: Terms) -> dict[str, Any]:
    return {
        "terms_json": terms.model_dump_json(), "stock": terms.stock, "name": terms.name, "kind": terms.benefit.kind,
    }  # fmt: skip


def _next_number() -> str:
    """Return the next number of today, such as 2026112800013."""
    db.advisory_lock("coupon rule numbers")
    day = f"{business_days.today():%Y%m%d}"
    last = CouponRule.select(fn.MAX(CouponRule.number)).where(CouponRule.number.startswith(day)).scalar()
    return f"{day}{int((last or '0')[-5:]) + 1:05d}"


def _decide(rule: CouponRule, state: str, version: str, opinion: str) -> None:
    approval = find_submission(rule)
    if approval is None or rule.state != "pending":
        raise invalid_state_error(rule, "审批")
    if rule.version != version:
        raise errors.DomainError("coupon_rule_changed", "券规则已变化，请重新查看后再审批", 409)
    approvals.decide(approval, approved=state == "approved", version=version, opinion=opinion)
    _transition(rule, state, "审批", note=opinion[:MAX_NOTE_LENGTH])


def _transition_once(rule: CouponRule, state: str, action: str) -> CouponRule:
    rule = lock(rule.id)
    if rule.state != state:
        _transition(rule, state, action)
    return rule


def _transition(rule: CouponRule, state: str, action: str, *, note: str = "") -> None:
    if state not in TRANSITIONS[rule.state]:
        raise invalid_state_error(rule, action)
    rule.update_fields(state=state)
    _record_step(rule, state, note=note)


def _record_step(rule: CouponRule, state: str, *, note: str = "") -> None:
    after = {"state": state, "version": rule.version, "note": note}
    audit.record("coupon_rules.transition", f"coupon_rule:{rule.public_id}", after=after)
    record_note(rule, note)


def _ensure_found(rule: CouponRule | None) -> CouponRule:
    if rule is None:
        raise errors.not_found("该优惠券")
    return rule
