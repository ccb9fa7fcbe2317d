"""A coupon rule (券规则): terms that were approved, and a stock of coupons that can be had under them."""

from collections.abc import Mapping
from typing import Any

import peewee

from store.company import audit
from store.kernel import actors, clock, db, ids, refusals, validation
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.loyalty import cost_centres, coupon_terms
from store.loyalty.coupon_terms import Terms
from store.people.programmes import Programme

WORDS = {
    "draft": "草稿", "pending": "审批中", "approved": "已批准", "rejected": "已驳回", "listed": "已上架",
    "delisted": "已下架", "ended": "已结束",
}  # fmt: skip
MOVES = {
    "draft": {"pending"},
    "pending": {"approved", "rejected"},
    "rejected": {"draft"},
    "approved": {"listed", "ended"},
    "listed": {"delisted", "ended"},
    "delisted": {"listed", "ended"},
    "ended": set(),
}
LONGEST_NOTE = 200


class CouponRule(Record):
    """`wording` is the terms as they were written, `approved_version` the hash of what was approved.

    `issued` counts the coupons given and those promised to an open batch.
    """

    programme = peewee.ForeignKeyField(Programme)
    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public("cpr_"))
    state = peewee.CharField(
        max_length=10, default="draft", constraints=[peewee.Check(f"state IN {tuple(MOVES)}")]
    )
    wording = peewee.TextField()
    stock = peewee.BigIntegerField(null=True)
    issued = peewee.BigIntegerField(default=0)
    approver = peewee.CharField(max_length=100, null=True)
    asked_by = peewee.CharField(max_length=100, null=True)
    approved_version = peewee.CharField(max_length=64, null=True)
    copied_from = peewee.ForeignKeyField("self", null=True)
    created_at = Moment(default=clock.now)

    class Meta:
        constraints = [peewee.Check("issued >= 0 AND (stock IS NULL OR issued <= stock)")]

    @property
    def terms(self) -> Terms:
        return coupon_terms.read(self.wording)

    @property
    def version(self) -> str:
        return coupon_terms.version(self.wording)


class CouponRuleStep(Record):
    """One step in the life of a rule: to which state, by whom, with what words, on which version."""

    rule = peewee.ForeignKeyField(CouponRule, backref="steps")
    state = peewee.CharField(max_length=10)
    actor = peewee.CharField(max_length=100)
    note = peewee.CharField(max_length=LONGEST_NOTE, default="")
    version = peewee.CharField(max_length=64)
    at = Moment(default=clock.now)


@db.verb
def draft(*, programme: Programme, values: Mapping[str, Any]) -> CouponRule:
    """Write a rule; nobody can have its coupons before it is approved and listed."""
    terms = _checked(values)
    rule = CouponRule.create(programme=programme, wording=terms.model_dump_json(), stock=terms.stock)
    _recorded(rule, "draft")
    return rule


@db.verb
def edit(rule: CouponRule, *, values: Mapping[str, Any]) -> CouponRule:
    """Change some of the terms of a draft, keep the others."""
    rule = locked(rule.id)
    if rule.state != "draft":
        raise not_now(rule, "修改")
    terms = _checked({**rule.terms.model_dump(mode="json"), **values})
    wording = terms.model_dump_json()
    if wording != rule.wording:
        rule.put(wording=wording, stock=terms.stock)
        _recorded(rule, "draft")
    return rule


@db.verb
def copy(rule: CouponRule) -> CouponRule:
    """A new draft with the same terms; stock that was added later stays with the old one."""
    rule = locked(rule.id)
    made = CouponRule.create(
        programme=rule.programme_id, wording=rule.wording, stock=rule.terms.stock, copied_from=rule
    )
    _recorded(made, "draft", note=f"复制自 {rule.public_id}")
    return made


@db.verb
def ask_approval(rule: CouponRule, *, approver: str) -> CouponRule:
    """Put a draft before a named approver, who is somebody else; from here on it cannot be edited."""
    rule, me = locked(rule.id), actors.current().name
    if rule.state == "pending" and (rule.approver, rule.asked_by) == (approver, me):
        return rule
    if not 1 <= len(approver.strip()) <= 100 or approver == me:
        raise refusals.invalid("approver", "请指定本人以外的审批人")
    _refuse_unknown_centre(rule.terms)  # of drafts that were written before centres had to be there
    _move(rule, "pending", "提交审批", note=approver[:LONGEST_NOTE])
    rule.put(approver=approver, asked_by=me)
    return rule


@db.verb
def approve(rule: CouponRule, *, version: str, opinion: str = "") -> CouponRule:
    """Approve exactly the version that the approver has read."""
    rule = locked(rule.id)
    if rule.state == "approved" and rule.approved_version == version:
        return rule
    _judge(rule, "approved", version, opinion)
    rule.put(approved_version=version)
    return rule


@db.verb
def reject(rule: CouponRule, *, version: str, opinion: str) -> CouponRule:
    """Send a rule back with an opinion; `revise` makes it a draft again."""
    if not opinion.strip():
        raise refusals.invalid("opinion", "请填写驳回意见")
    rule = locked(rule.id)
    if rule.state != "rejected" or rule.version != version:
        _judge(rule, "rejected", version, opinion)
    return rule


@db.verb
def revise(rule: CouponRule) -> CouponRule:
    """Take a rejected rule up again as a draft."""
    return _moved_once(rule, "draft", "重新编辑")


@db.verb
def put_up(rule: CouponRule) -> CouponRule:
    """List a rule (上架): from now on its coupons can be had."""
    rule = locked(rule.id)
    if rule.state in ("approved", "delisted") and rule.version != rule.approved_version:
        raise refusals.Refused("coupon_rule_changed", "券规则与批准的版本不一致，不能上架", 409)
    return _moved_once(rule, "listed", "上架")


@db.verb
def take_down(rule: CouponRule) -> CouponRule:
    """Delist a rule (下架): nobody gets more of its coupons; those given stay good."""
    return _moved_once(rule, "delisted", "下架")


@db.verb
def end(rule: CouponRule) -> CouponRule:
    """End a rule for good; coupons given stay good."""
    return _moved_once(rule, "ended", "结束")


def locked(rule_id: int) -> CouponRule:
    """The rule, locked until the transaction ends."""
    return _there(CouponRule.find(id=rule_id, lock=True))


def of_public_id(public_id: str) -> CouponRule:
    """The rule of a public id; raises Refused(not_found)."""
    return _there(CouponRule.find(public_id=public_id))


def listing(*, state: str | None = None) -> list[CouponRule]:
    """The rules, the newest first."""
    query = CouponRule.select().order_by(CouponRule.id.desc())
    return list(query.where(CouponRule.state == state) if state else query)


def history(rule: CouponRule) -> list[CouponRuleStep]:
    """Who did what and when, the first step first."""
    query = CouponRuleStep.select().where(CouponRuleStep.rule == rule)
    return list(query.order_by(CouponRuleStep.id))


def not_now(rule: CouponRule, word: str) -> refusals.Refused:
    """The refusal of what the rule's state does not allow."""
    sentence = f"券规则当前为「{WORDS[rule.state]}」，不能{word}"
    return refusals.Refused("coupon_rule_state", sentence, 409, state=rule.state)


def _checked(values: Mapping[str, Any]) -> Terms:
    terms = validation.checked(Terms, dict(values))
    _refuse_unknown_centre(terms)
    return terms


def _refuse_unknown_centre(terms: Terms) -> None:
    if cost_centres.of_code(terms.cost_centre) is None:
        raise refusals.invalid("cost_centre", f"没有编码为 {terms.cost_centre} 的成本中心，请先开设")


def _judge(rule: CouponRule, state: str, version: str, opinion: str) -> None:
    if rule.state == "pending" and actors.current().name != rule.approver:
        raise refusals.Refused("not_the_approver", f"请由审批人 {rule.approver} 审批", 403)
    if rule.version != version:
        raise refusals.Refused("coupon_rule_changed", "券规则已变化，请重新查看后再审批", 409)
    _move(rule, state, "审批", note=opinion[:LONGEST_NOTE])


def _moved_once(rule: CouponRule, state: str, word: str) -> CouponRule:
    rule = locked(rule.id)
    if rule.state != state:
        _move(rule, state, word)
    return rule


def _move(rule: CouponRule, state: str, word: str, *, note: str = "") -> None:
    if state not in MOVES[rule.state]:
        raise not_now(rule, word)
    rule.put(state=state)
    _recorded(rule, state, note=note)


def _recorded(rule: CouponRule, state: str, *, note: str = "") -> None:
    after = {"state": state, "version": rule.version, "note": note}
    audit.record("coupon_rules.move", f"coupon_rule:{rule.public_id}", after=after)
    CouponRuleStep.create(
        rule=rule, state=state, actor=actors.current().name, note=note, version=rule.version
    )


def _there(rule: CouponRule | None) -> CouponRule:
    if rule is None:
        raise refusals.not_found("该优惠券")
    return rule
