"""What the console tells of a promotion, which promotions an account sees, and which it may change."""

from collections.abc import Sequence
from typing import Any

from console import approvals as approval_routes
from console.auth import StaffCaller
from store import approvals
from store.catalog import categories, product_groups, skus
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core.errors import DomainError
from store.core.listing import Page
from store.customers import programmes
from store.promotions import effect, promotion_list, promotions, texts
from store.promotions.drafts import CHANNEL_LABELS, PromotionDraft
from store.promotions.parameters import KIND_LABELS
from store.promotions.stages import STAGE_LABELS, stage_of
from store.promotions.tables import Promotion
from store.shops import shops
from store.staff import accounts
from store.staff.accounts import StaffAccount
from store.tenants import audit_list, audit_names, cost_centres
from store.tenants.audit_list import AuditFilter
from store.tiers import tiers

MAX_HISTORY = 100


def get_seen(promotion_id: str, caller: StaffCaller) -> Promotion:
    """Return a promotion that holds in a shop of the account. Raises DomainError(not_found)."""
    row = promotions.get_by_public_id(promotion_id)
    promotion_list.ensure_seen(row, caller.shop_ids)
    return row


def ensure_changeable(caller: StaffCaller, draft: PromotionDraft) -> None:
    """Raise DomainError(other_shops) if a promotion holds in shops that an account of some shops does not see."""
    if caller.shop_ids is None:
        return
    own = {shop.code for shop in shops.find_by_ids(sorted(caller.shop_ids)).values()}
    if not draft.shops or not set(draft.shops) <= own:
        raise DomainError("other_shops", "该促销也用于您管理范围以外的门店，请限定门店", 403)


def list_approvers(caller: StaffCaller) -> list[StaffAccount]:
    """Return the colleagues who may approve promotions."""
    return [
        account
        for account in accounts.list_all()
        if account.state == "active"
        and account.id != caller.account.id
        and "promotions.approve" in accounts.read_rights(account)
    ]


def list_options(caller: StaffCaller) -> dict[str, Any]:
    """Return the choices of the forms as pairs of value and label."""
    rows = categories.list_all()
    paths = categories.read_paths(rows)
    levels = [tier for one in programmes.list_programmes() for tier in tiers.list_tiers(one.id)]
    return {
        "approvers": [_option(row.login, row.nickname or row.login) for row in list_approvers(caller)],
        "tiers": [_option(*pair) for pair in {tier.code: tier.name for tier in levels}.items()],
        "categories": [_option(row.code, paths[row.id]) for row in categories.sort_as_tree(rows)],
        "product_groups": [_option(row.code, row.name) for row in product_groups.list_enabled()],
        "cost_centres": [_option(row.code, row.name) for row in cost_centres.list_cost_centres() if not row.closed_at],
        "channels": [_option(*pair) for pair in CHANNEL_LABELS.items()],
    }  # fmt: skip


def to_product_options(found: Sequence[Product]) -> list[dict[str, Any]]:
    """Return products as choices, with the lowest price of their SKUs."""
    variants = skus.list_of_products([product.id for product in found])
    return [
        _option(product.code, product.name)
        | {
            "note": product.code,
            "price_fen": min((sku.list_price_fen for sku in variants.get(product.id, ())), default=None),
        }
        for product in found
    ]


def to_sku_option(sku: Sku) -> dict[str, Any]:
    """Return a SKU as a choice."""
    return _option(sku.code, sku.full_name) | {"note": sku.code, "price_fen": sku.list_price_fen}


def to_rows(rows: Sequence[Promotion], caller: StaffCaller) -> list[dict[str, Any]]:
    """Return the rows of a page with their effects."""
    effects = effect.read_effects([row.id for row in rows], shop_ids=caller.shop_ids)
    names = accounts.read_names(login for row in rows for login in (row.created_by, row.approver))
    shown = texts.read_names(*(row.draft for row in rows))
    return [
        {
            "id": row.public_id, "number": row.number, "name": row.name, "kind": row.kind,
            "kind_label": KIND_LABELS[row.kind], "words": texts.describe_benefit(row.draft, shown),
            "stage": stage_of(row), "stage_label": STAGE_LABELS[stage_of(row)], "state": row.state,
            "starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat(),
            "channels": [CHANNEL_LABELS[one] for one in row.draft.channels], "all_shops": row.all_shops,
            "shop_count": len(row.draft.shops), "priority": row.draft.priority, "exclusive": row.draft.exclusive,
            "created_by": names.get(row.created_by, row.created_by), "created_at": row.created_at.isoformat(),
            "approver": names.get(row.approver, row.approver), "orders": effects[row.id].orders,
            "off_fen": effects[row.id].off_fen, "can_delete": row.state == "draft" and row.submitted_at is None,
        }
        for row in rows
    ]  # fmt: skip


def to_row(row: Promotion, caller: StaffCaller) -> dict[str, Any]:
    """Return one row of the list."""
    return to_rows([row], caller)[0]


def to_detail(row: Promotion, caller: StaffCaller) -> dict[str, Any]:
    """Return a promotion with its content, the sentence that explains it, its submissions and its history."""
    draft = row.draft
    names = texts.read_names(draft)
    latest = approvals.find_latest(promotions.APPROVAL_KIND, [row.public_id]).get(row.public_id)
    return to_row(row, caller) | {
        "content": draft.model_dump(mode="json"), "sentence": texts.explain(draft, names), "names": vars(names),
        "texts": [{"label": label, "text": text} for label, text in texts.list_texts(draft, names)],
        "copied_from": row.copied_from.number if row.copied_from else None,
        "approval": approval_routes.to_task(latest, caller) if latest else None, "history": _list_history(row),
    }  # fmt: skip


def _list_history(row: Promotion) -> list[dict[str, Any]]:
    criteria, page = AuditFilter(subject=f"promotion:{row.public_id}"), Page(size=MAX_HISTORY)
    found, _ = audit_list.list_entries(criteria, page)
    names = accounts.read_names(entry.actor for entry in found)
    return [
        {
            "id": str(entry.id), "at": entry.at.isoformat(), "by": names.get(entry.actor, entry.actor),
            "action": audit_names.name_of(entry.action), "note": _note_of(entry.after),
        }
        for entry in found
    ]  # fmt: skip


def _note_of(after: Any) -> str:
    given = after if isinstance(after, dict) else {}
    return str(given.get("reason") or given.get("opinion") or "")


def _option(value: str, label: str) -> dict[str, Any]:
    return {"value": value, "label": label}
