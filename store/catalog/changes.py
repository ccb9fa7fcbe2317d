"""Changes of products (商品维护): create, change, publish, unpublish, one by one or many at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from store.catalog import categories, products, search, shop_goods
from store.catalog import skus as catalog_skus
from store.catalog.categories import Category
from store.catalog.fields import Code, ProductFields, SkuFields
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core import clock, errors, events
from store.core.database import db
from store.core.errors import DomainError
from store.core.validation import validate
from store.tenants import audit

MAX_BATCH = 100
_LONG_COLUMNS = frozenset({"description", "pictures", "parameters"})


class ProductCreation(ProductFields):
    """A new product."""

    code: Code
    skus: list[SkuFields]


class _ProductChange(ProductFields):
    """A product with its SKUs, as a change gives them."""

    skus: list[SkuFields] | None = None


@dataclass
class BatchResult:
    """The codes of the products that changed, and why others did not, as pairs of name and reason."""

    changed: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


@db.transactional
def create_product(
    *, code: str, name: str, skus: Sequence[dict[str, Any]], category: Category | None = None, **fields: Any
) -> Product:
    """Create a draft with its SKUs. Idempotent by code and name.

    `fields` are those of `ProductFields`, `skus` those of `SkuFields`. Raises DomainError(invalid,
    product_code_taken, sku_code_taken, barcode_taken, category_retired).
    """
    given = validate(ProductCreation, {**fields, "code": code, "name": name, "skus": list(skus)})
    found = products.find_by_code(given.code)
    if found is not None:
        _ensure_not_deleted(found)
        if found.name != given.name:
            raise DomainError("product_code_taken", f"商品编码 {code} 已被“{found.name}”使用", 409)
        return found
    if category is not None:
        category = categories.lock(category)
        categories.ensure_in_use(category)
    made = Product.create(**given.model_dump(exclude={"skus"}), category=category)
    catalog_skus.save_of_product(made, given.skus)
    _renew_search_text(made)
    audit.record("goods.create", f"product:{made.code}", after={"name": made.name, "skus": len(given.skus)})
    return made


@db.transactional
def change_product(product: Product, **values: Any) -> Product:
    """Change what is given about a product, keep the rest, and return the current product. Idempotent.

    `values` are those of `change_locked`. Raises DomainError as `create_product` does, and not_found.
    """
    row = products.lock(product)
    change_locked(row, **values)
    return row


def change_locked(
    row: Product,
    *,
    category: Category | None = None,
    skus: Sequence[dict[str, Any]] | None = None,
    **values: Any,
) -> list[str]:
    """Change a product and return the names of what changed.

    `skus` are all that the product shall have: the others are retired. Requires a transaction and the row's lock.
    """
    _ensure_not_deleted(row)
    before = {name: getattr(row, name) for name in ProductFields.model_fields}
    given = validate(_ProductChange, {**before, **values, "skus": None if skus is None else list(skus)})
    after = given.model_dump(exclude={"skus"})
    changed = {name: value for name, value in after.items() if value != before[name]}
    old = {name: before[name] for name in changed}
    if category is not None and category.id != row.category_id:
        categories.ensure_in_use(categories.lock(category))
        old, changed = {**old, "category": row.category_id}, {**changed, "category": category.id}
    if changed:
        row.update_fields(**changed)
    changed_skus = _change_skus(row, given.skus, "specifications" in changed)
    if not changed and not changed_skus:
        return []
    row.update_fields(changed_at=clock.now())
    _renew_search_text(row)
    shop_goods.renew_shop_products([row.id])
    details = _shorten(changed) | ({"skus": changed_skus} if changed_skus else {})
    audit.record("goods.change", f"product:{row.code}", before=_shorten(old), after=details)
    return list(details)


@db.transactional
def publish(product: Product) -> Product:
    """Show a product to customers. Idempotent. Raises DomainError(product_uncategorised, category_retired, no_skus)."""
    row = products.lock(product)
    if row.state == "published":
        return row
    _ensure_not_deleted(row)
    if row.category_id is None:
        raise DomainError("product_uncategorised", f"“{row.name}”还没有分类，不能上架", 409)
    categories.ensure_in_use(categories.lock(Category(id=row.category_id)))
    if not catalog_skus.list_of_products([row.id])[row.id]:
        raise DomainError("no_skus", f"“{row.name}”没有可售规格，不能上架", 409)
    return _set_state(row, "published", published_at=clock.now())


@db.transactional
def unpublish(product: Product) -> Product:
    """Hide a product from customers. A draft stays a draft. Idempotent."""
    row = products.lock(product)
    return _set_state(row, "unpublished") if row.state == "published" else row


def publish_many(rows: Sequence[Product]) -> BatchResult:
    """Publish products, each that can be. Raises DomainError(invalid) for too many."""
    return change_many(rows, publish)


def unpublish_many(rows: Sequence[Product]) -> BatchResult:
    """Unpublish products. Raises DomainError(invalid) for too many."""
    return change_many(rows, unpublish)


def move_many(rows: Sequence[Product], *, category: Category) -> BatchResult:
    """Move products into a category. Raises DomainError(invalid) for too many."""
    return change_many(rows, lambda product: change_product(product, category=category))


def mark_hot_many(rows: Sequence[Product], *, is_hot: bool) -> BatchResult:
    """Mark products as hot, or no longer. Raises DomainError(invalid) for too many."""
    return change_many(rows, lambda product: change_product(product, is_hot=is_hot))


@db.transactional
def mark_deleted(row: Product) -> Product:
    """Delete a product and retire its SKUs, whose bar codes other goods may get. Requires the row's lock."""
    catalog_skus.retire_of_product(row)
    return _set_state(row, "deleted")


@db.transactional
def change_many(rows: Sequence[Product], change: Callable[[Product], Product]) -> BatchResult:
    """Change products in the order of their ids, and collect the errors, which are raised before any write.

    All are locked first: a product is locked before its category everywhere, or two operations could wait for
    each other.
    """
    if len(rows) > MAX_BATCH:
        raise errors.invalid("ids", f"每次最多 {MAX_BATCH} 个商品")
    result = BatchResult()
    for before in products.lock_by_codes([row.code for row in rows]).values():
        try:
            if _differs(before, change(before)):
                result.changed.append(before.code)
        except DomainError as error:
            result.refused.append((before.name, error.message))
    return result


def _differs(before: Product, after: Product) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in ("state", "category_id", "is_hot"))


def _ensure_not_deleted(row: Product) -> None:
    if row.state == "deleted":
        raise DomainError("product_deleted", f"商品编码 {row.code} 属于已删除的“{row.name}”", 409)


def _change_skus(product: Product, wanted: Sequence[SkuFields] | None, names_changed: bool) -> list[str]:
    """Save the SKUs if they are given. Other names of specifications need them."""
    if wanted is not None:
        return catalog_skus.save_of_product(product, wanted)
    if names_changed:
        raise errors.invalid("skus", "修改规格名称时要一起填写规格")
    return []


def _renew_search_text(product: Product) -> None:
    rows = Sku.find_all(product=product.id, state="active")
    numbers = [product.code, *(number for row in rows for number in (row.code, row.barcode) if number)]
    texts = search.build_texts(
        name=product.name, brand=product.brand, keywords=product.keywords, numbers=numbers
    )
    search.save_texts(product, texts)


def _set_state(row: Product, state: str, **columns: Any) -> Product:
    before = row.state
    row.update_fields(state=state, changed_at=clock.now(), **columns)
    shop_goods.renew_shop_products([row.id])
    events.record(f"goods.{state}", product_id=row.id)
    audit.record(f"goods.{state}", f"product:{row.code}", before={"state": before}, after={"state": state})
    return row


def _shorten(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: "…" if name in _LONG_COLUMNS else value for name, value in columns.items()}
