"""Submissions of flash sales for approval (抢购审批): another person approves one version, which is then published."""

from store import approvals
from store.approvals import Approval
from store.core import errors, money
from store.core.database import db
from store.flash_sales import content as sale_content
from store.flash_sales import flash_sales, publication
from store.flash_sales.content import FlashSaleContent, format_moment
from store.flash_sales.flash_sales import FlashSale

APPROVAL_KIND = "flash_sale"


@db.transactional
def submit(sale: FlashSale, *, approver: str) -> Approval:
    """Submit a draft to a named approver. Idempotent.

    Raises DomainError(invalid, goods_unavailable, stock_short, sale_state, approval_open).
    """
    row = flash_sales.lock(sale.id)
    if row.state not in ("draft", "submitted"):
        raise flash_sales.state_error(row, "提交审批")
    sale_content.check_publishable(row.content)
    publication.ensure_goods(row.content)
    made = approvals.submit(
        kind=APPROVAL_KIND, subject=row.public_id, title=row.name, version=row.version, approver=approver,
        content={"json": row.content_json},
    )  # fmt: skip
    if row.state == "draft":
        flash_sales.transition(row, "submitted", "提交审批")
    return made


@db.transactional
def approve(approval: Approval, *, version: str, opinion: str = "") -> FlashSale:
    """Approve the submitted version and publish it. Idempotent.

    Raises DomainError(stock_short) with nothing decided if a shop has too little by now.
    """
    row = _lock_subject(approval)
    if row.version != approval.version:
        raise errors.DomainError("approval_changed", "内容已变化，请重新提交后再审批", 409)
    approvals.decide(approval, approved=True, version=version, opinion=opinion)
    if row.published_at is None:
        publication.publish(row)
    return row


@db.transactional
def reject(approval: Approval, *, version: str, opinion: str) -> Approval:
    """Reject a submission with an opinion. The sale is a draft again. Idempotent."""
    row = _lock_subject(approval)
    decided = approvals.decide(approval, approved=False, version=version, opinion=opinion)
    _back_to_draft(row)
    return decided


@db.transactional
def withdraw(approval: Approval) -> Approval:
    """Take back a submission, as its author. The sale is a draft again. Idempotent."""
    row = _lock_subject(approval)
    withdrawn = approvals.withdraw(approval)
    _back_to_draft(row)
    return withdrawn


def describe_changes(approval: Approval) -> list[tuple[str, str, str]]:
    """Return label, text before and text after of what differs from the last approved version."""
    before = approvals.find_approved(APPROVAL_KIND, approval.subject)
    known = _describe(sale_content.parse(before.content["json"])) if before is not None else {}
    wanted = _describe(sale_content.parse(approval.content["json"]))
    pairs = ((label, known.get(label, ""), wanted.get(label, "")) for label in {**wanted, **known})
    return [pair for pair in pairs if pair[1] != pair[2]]


def _back_to_draft(row: FlashSale) -> None:
    if row.state == "submitted" and approvals.find_open(APPROVAL_KIND, row.public_id) is None:
        flash_sales.transition(row, "draft", "退回")


def _lock_subject(approval: Approval) -> FlashSale:
    return flash_sales.lock(flash_sales.get_by_public_id(approval.subject).id)


def _describe(content: FlashSaleContent) -> dict[str, str]:
    """Return the facts that an approver judges, by their labels."""
    yes_no = {True: "是", False: "否"}
    facts = {
        "名称": content.name, "预告时间": format_moment(content.announced_at),
        "开始时间": format_moment(content.starts_at), "结束时间": format_moment(content.ends_at),
        "规则": content.rules_text, "门店": "、".join(content.shops), "可用优惠券": yes_no[content.takes_coupons],
        "可用积分": yes_no[content.takes_points], "可与促销同享": yes_no[content.takes_promotions],
        "成本中心": content.cost_centre or "",
    }  # fmt: skip
    goods = {
        f"商品 {one.sku}": f"{money.yuan(one.price_fen)} 元，每店 {one.quantity} 件，每人限购 {one.limit} 件"
        for one in content.goods
    }
    return facts | goods
