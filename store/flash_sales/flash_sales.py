"""Flash sales (抢购): drafts, their state, and the phase that customers see."""

from collections.abc import Mapping
from typing import Any

import peewee

from store.core import clock, errors, ids, validation
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.flash_sales import content as sale_content
from store.flash_sales.content import FlashSaleContent
from store.shops.shops import Shop
from store.tenants import audit, cost_centres

LABELS = {
    "draft": "草稿", "submitted": "待审批", "published": "已发布", "stopped": "已停止", "ended": "已结束",
}  # fmt: skip
TRANSITIONS = {
    "draft": {"submitted"},
    "submitted": {"draft", "published"},
    "published": {"stopped", "ended"},
    "stopped": set(),
    "ended": set(),
}
PHASE_LABELS = {
    "hidden": "未预告",
    "announced": "即将开始",
    "selling": "抢购中",
    "ended": "已结束",
    "stopped": "已停止",
}
MAX_REASON_LENGTH = 200


class FlashSale(Model):
    """`content_json` holds the content, the moments are copied from it. What is published never changes."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("fls_"))
    name = peewee.CharField(max_length=30)
    state = peewee.CharField(
        max_length=10, default="draft", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    content_json = peewee.TextField()
    announced_at = UtcDateTimeField(null=True)
    starts_at = UtcDateTimeField(null=True)
    ends_at = UtcDateTimeField(null=True)
    stop_reason = peewee.CharField(max_length=MAX_REASON_LENGTH, default="")
    published_at = UtcDateTimeField(null=True)
    ended_at = UtcDateTimeField(null=True)
    copied_from = peewee.ForeignKeyField("self", null=True)
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("state", "ends_at"), False),)

    @property
    def content(self) -> FlashSaleContent:
        return sale_content.parse(self.content_json)

    @property
    def version(self) -> str:
        return sale_content.hash_content(self.content_json)

    @property
    def phase(self) -> str:
        """Where a published sale is now: hidden, announced, selling, ended or stopped."""
        now = clock.now()
        if self.state == "stopped":
            return "stopped"
        if self.state == "ended" or (self.ends_at is not None and now >= self.ends_at):
            return "ended"
        if self.state != "published" or now < self.announced_at:
            return "hidden"
        return "announced" if now < self.starts_at else "selling"


@db.transactional
def create_draft(*, values: Mapping[str, Any]) -> FlashSale:
    """Create a draft, which may lack everything but a name. Raises DomainError(invalid)."""
    content = _validate_content(values)
    made = FlashSale.create(**_columns_of(content))
    audit.record("flash_sales.save", subject_of(made), after=_to_audit(content))
    return made


@db.transactional
def edit_draft(sale: FlashSale, *, values: Mapping[str, Any]) -> FlashSale:
    """Change some of the content of a draft and keep the rest. Idempotent. Raises DomainError(invalid, sale_state)."""
    row = lock(sale.id)
    if row.state != "draft":
        raise state_error(row, "修改")
    before = row.content
    content = _validate_content({**before.model_dump(mode="json"), **values})
    columns = _columns_of(content)
    if columns["content_json"] != row.content_json:
        row.update_fields(**columns)
        audit.record("flash_sales.save", subject_of(row), before=_to_audit(before), after=_to_audit(content))
    return row


@db.transactional
def copy_as_draft(sale: FlashSale) -> FlashSale:
    """Create a draft with the same content."""
    row = lock(sale.id)
    content = row.content.model_copy(update={"name": f"{row.name[:27]} 副本"})
    made = FlashSale.create(copied_from=row, **_columns_of(content))
    audit.record("flash_sales.copy", subject_of(made), after={"copied_from": row.public_id})
    return made


@db.transactional
def delete_draft(sale: FlashSale) -> None:
    """Delete a draft. Idempotent. Raises DomainError(sale_state)."""
    row = FlashSale.find(id=sale.id, lock=True)
    if row is None:
        return
    if row.state != "draft" or FlashSale.find(copied_from=row.id) is not None:
        raise state_error(row, "删除")
    audit.record("flash_sales.delete", subject_of(row), before={"name": row.name})
    row.delete_instance()


def transition(row: FlashSale, state: str, action: str) -> None:
    """Move a sale to a state. Requires its lock. Raises DomainError(sale_state)."""
    if state not in TRANSITIONS[row.state]:
        raise state_error(row, action)
    row.update_fields(state=state)


def lock(sale_id: int) -> FlashSale:
    """Lock a sale until the transaction ends. Raises DomainError(not_found)."""
    return _ensure_found(FlashSale.find(id=sale_id, lock=True))


def get_by_public_id(public_id: str) -> FlashSale:
    """Return the sale of a public id. Raises DomainError(not_found)."""
    return _ensure_found(FlashSale.find(public_id=public_id))


def get_shown(public_id: str) -> FlashSale:
    """Return a sale that customers see. Raises DomainError(not_found) before its announcement."""
    found = get_by_public_id(public_id)
    if found.phase == "hidden":
        raise errors.not_found("该抢购活动")
    return found


def list_shown() -> list[FlashSale]:
    """Return the sales that customers see now: announced or selling, the first to begin first."""
    now = clock.now()
    shown = (FlashSale.state == "published") & (FlashSale.announced_at <= now) & (FlashSale.ends_at > now)
    return list(FlashSale.select().where(shown).order_by(FlashSale.starts_at, FlashSale.id))


def state_error(row: FlashSale, action: str) -> errors.DomainError:
    """Return the error of an action that the state of a sale does not allow."""
    return errors.DomainError("sale_state", f"该抢购{LABELS[row.state]}，不能{action}", 409, state=row.state)


def subject_of(row: FlashSale) -> str:
    """Return the subject by which audit entries and stock movements name a sale."""
    return f"flash_sale:{row.public_id}"


def _validate_content(values: Mapping[str, Any]) -> FlashSaleContent:
    content = validation.validate(FlashSaleContent, values)
    if content.cost_centre is not None and cost_centres.find_by_code(content.cost_centre) is None:
        raise errors.invalid("cost_centre", "没有这个成本中心")
    known = {shop.code for shop in Shop.select(Shop.code).where(Shop.code.in_(list(content.shops)))}
    unknown = [code for code in content.shops if code not in known]
    if unknown:
        raise errors.invalid("shops", f"没有编码为 {unknown[0]} 的门店")
    return content


def _columns_of(content: FlashSaleContent) -> dict[str, Any]:
    return {
        "content_json": content.model_dump_json(), "name": content.name, "announced_at": content.announced_at,
        "starts_at": content.starts_at, "ends_at": content.ends_at,
    }  # fmt: skip


def _to_audit(content: FlashSaleContent) -> dict[str, Any]:
    return content.model_dump(mode="json", exclude={"rules_text"})


def _ensure_found(row: FlashSale | None) -> FlashSale:
    if row is None:
        raise errors.not_found("该抢购活动")
    return row
