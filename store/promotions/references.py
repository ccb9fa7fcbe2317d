"""What a promotion refers to (促销引用): shops, goods, tiers and cost centre exist, and may be chosen."""

from collections.abc import Collection, Mapping
from typing import Any

from store.catalog import product_groups
from store.catalog.categories import Category
from store.catalog.product_groups import ProductGroup
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core import errors, validation
from store.promotions.drafts import PromotionDraft
from store.promotions.parameters import Bundle, FullGift, SpecialPrices
from store.shops.shops import Shop
from store.tenants import cost_centres
from store.tiers.tiers import Tier


def validate(values: Mapping[str, Any], before: PromotionDraft | None = None) -> PromotionDraft:
    """Validate content and what it refers to. Raises DomainError(invalid)."""
    draft = validation.validate(PromotionDraft, dict(values))
    for field, label, wanted, column in (
        ("shops", "门店", draft.shops, Shop.code), ("categories", "分类", draft.categories, Category.code),
        ("tiers", "等级", draft.tiers, Tier.code), ("products", "商品", list_products(draft), Product.code),
        ("parameters", "规格", list_gift_skus(draft), Sku.code),
        ("product_groups", "商品组", draft.product_groups, ProductGroup.code),
    ):  # fmt: skip
        _ensure_known(field, label, wanted, column)
    added = set(draft.product_groups) - set(before.product_groups if before else ())
    product_groups.ensure_all_choosable(added, field="product_groups")
    if draft.cost_centre and (before is None or draft.cost_centre != before.cost_centre):
        centre = cost_centres.find_by_code(draft.cost_centre)
        if centre is None:
            raise errors.invalid("cost_centre", f"没有编码为 {draft.cost_centre} 的成本中心")
        cost_centres.ensure_open(centre)
    return draft


def _ensure_known(field: str, label: str, wanted: Collection[str], column: Any) -> None:
    if not wanted:
        return
    query: Any = column.model.select(column).where(column.in_(sorted(wanted))).tuples()
    missing = set(wanted) - {code for (code,) in query}
    if missing:
        raise errors.invalid(field, f"没有编码为 {min(missing)} 的{label}")


def list_products(draft: PromotionDraft) -> set[str]:
    """Return the codes of the products that a draft names anywhere."""
    parameters = draft.parameters
    named = set(draft.products)
    if isinstance(parameters, SpecialPrices):
        named |= {row.product for row in parameters.prices}
    if isinstance(parameters, Bundle):
        named |= {product for part in parameters.parts for product in part.products}
    return named


def list_gift_skus(draft: PromotionDraft) -> set[str]:
    """Return the codes of the SKUs that a draft gives."""
    parameters = draft.parameters
    steps = parameters.steps if isinstance(parameters, FullGift) else ()
    return {gift.sku for step in steps for gift in step.gifts}
