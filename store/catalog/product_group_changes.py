"""Changes of product groups (商品组维护): create, fill, enable, retire, copy."""

from collections.abc import Collection, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from store.catalog import categories, product_group_members, product_groups
from store.catalog.categories import Category
from store.catalog.fields import Code
from store.catalog.product_group_members import MAX_CATEGORIES, MAX_PRODUCTS
from store.catalog.product_groups import LABELS, MAX_GROUPS, TRANSITIONS, ProductGroup
from store.catalog.products import Product
from store.core import cache, clock, errors
from store.core.database import db
from store.core.validation import validate
from store.shops.details import Text
from store.tenants import audit

MAX_BATCH = 1_000


class GroupFields(BaseModel):
    """What may be changed about a group."""

    model_config = ConfigDict(extra="forbid")

    name: Text = Field(min_length=1, max_length=30)
    note: Text = Field(default="", max_length=200)


class GroupCreation(GroupFields):
    """A new group."""

    code: Code


@db.transactional
def create_group(
    *, code: str, name: str, note: str = "", chosen_categories: Sequence[Category] = ()
) -> ProductGroup:
    """Create a draft. Idempotent by code and name.

    Raises DomainError(invalid, group_code_taken, too_many_groups).
    """
    given = validate(GroupCreation, {"code": code, "name": name, "note": note})
    db.advisory_lock("catalog.group_codes")
    found = ProductGroup.find(code=given.code)
    if found is not None:
        if found.name != given.name:
            raise errors.DomainError("group_code_taken", f"组编码 {code} 已被“{found.name}”使用", 409)
        return found
    if Category.find(code=given.code) is not None:
        raise errors.DomainError("group_code_taken", f"{code} 是商品分类的编码，请换一个", 409)
    if ProductGroup.select().count() >= MAX_GROUPS:
        raise errors.DomainError("too_many_groups", f"最多 {MAX_GROUPS} 个商品组，请先删除不用的", 409)
    made = ProductGroup.create(**given.model_dump())
    _replace_categories(made, chosen_categories)
    audit.record("product_groups.create", f"product_group:{made.code}", after=given.model_dump())
    return made


@db.transactional
def change_group(
    group: ProductGroup, *, chosen_categories: Sequence[Category] | None = None, **fields: Any
) -> ProductGroup:
    """Change name, note or categories of a draft, keep what is left out. Idempotent.

    Raises DomainError(invalid, not_found, group_frozen).
    """
    row = _lock_draft(group)
    before = {name: getattr(row, name) for name in GroupFields.model_fields}
    after = validate(GroupFields, {**before, **fields}).model_dump()
    changed = {name: value for name, value in after.items() if value != before[name]}
    if changed:
        row.update_fields(**changed)
    if chosen_categories is not None and _replace_categories(row, chosen_categories):
        changed["categories"] = [category.code for category in chosen_categories]
    if changed:
        old = {name: before[name] for name in changed if name in before}
        audit.record("product_groups.change", f"product_group:{row.code}", before=old, after=changed)
    return row


@db.transactional
def add_products(group: ProductGroup, products: Sequence[Product]) -> int:
    """Add products to the list of a draft and return how many are new. Idempotent.

    Raises DomainError(invalid, not_found, group_frozen, group_full).
    """
    _ensure_batch(products)
    row = _lock_draft(group)
    held = product_group_members.list_product_ids(row)
    missing = {product.id for product in products} - held
    if len(held) + len(missing) > MAX_PRODUCTS:
        raise errors.DomainError("group_full", f"一个商品组最多 {MAX_PRODUCTS} 个商品，大范围请按分类选", 409)
    if missing:
        product_group_members.save_products(row, missing)
        codes = [product.code for product in products if product.id in missing]
        audit.record("product_groups.add_products", f"product_group:{row.code}", after={"products": codes})
    return len(missing)


@db.transactional
def remove_products(group: ProductGroup, products: Sequence[Product]) -> int:
    """Take products off the list of a draft and return how many. Idempotent.

    Raises DomainError(invalid, not_found, group_frozen).
    """
    _ensure_batch(products)
    row = _lock_draft(group)
    count = product_group_members.delete_products(row, [product.id for product in products])
    if count:
        codes = [product.code for product in products]
        audit.record(
            "product_groups.remove_products", f"product_group:{row.code}", before={"products": codes}
        )
    return count


@db.transactional
def enable(group: ProductGroup) -> ProductGroup:
    """Let rules choose a group, which is frozen from then on. Idempotent.

    Raises DomainError(group_empty, not_found).
    """
    row = product_groups.lock(group)
    if row.state == "draft" and product_group_members.count_members([row.id])[row.id] == (0, 0):
        raise errors.DomainError("group_empty", f"商品组“{row.name}”还没有商品或分类", 409)
    return _move(row, "enabled", enabled_at=row.enabled_at or clock.now())


@db.transactional
def retire(group: ProductGroup) -> ProductGroup:
    """Keep a group from new rules. Those that name it stay as they are. Idempotent.

    Raises DomainError(group_not_enabled, not_found).
    """
    row = product_groups.lock(group)
    if row.state == "draft":
        raise errors.DomainError("group_not_enabled", f"商品组“{row.name}”还没有启用", 409)
    return _move(row, "retired")


@db.transactional
def copy_group(group: ProductGroup, *, code: str, name: str) -> ProductGroup:
    """Create a draft with the products and categories of another group. Idempotent by code and name.

    Raises DomainError as `create_group` does.
    """
    source = product_groups.lock(group)
    known = ProductGroup.find(code=code) is not None
    chosen = product_group_members.list_categories(source)
    made = create_group(code=code, name=name, note=source.note, chosen_categories=() if known else chosen)
    if not known:
        product_group_members.save_products(made, product_group_members.list_product_ids(source))
    return made


def _move(row: ProductGroup, state: str, **columns: Any) -> ProductGroup:
    if row.state != state and state in TRANSITIONS[row.state]:
        before = row.state
        row.update_fields(state=state, **columns)
        audit.record(f"product_groups.{state}", f"product_group:{row.code}", before=before, after=state)
        db.after_commit(cache.clear)
    return row


def _lock_draft(group: ProductGroup) -> ProductGroup:
    row = product_groups.lock(group)
    if row.state != "draft":
        raise errors.DomainError(
            "group_frozen", f"商品组“{row.name}”{LABELS[row.state]}，不能修改，可以复制后修改", 409
        )
    return row


def _replace_categories(row: ProductGroup, chosen: Sequence[Category]) -> bool:
    if len(chosen) > MAX_CATEGORIES:
        raise errors.invalid("categories", f"最多选 {MAX_CATEGORIES} 个分类")
    for category in sorted(chosen, key=lambda one: one.id):
        categories.ensure_in_use(categories.lock(category))
    return product_group_members.replace_categories(row, {category.id for category in chosen})


def _ensure_batch(products: Collection[Product]) -> None:
    if len(products) > MAX_BATCH:
        raise errors.invalid("ids", f"每次最多 {MAX_BATCH} 个商品")
