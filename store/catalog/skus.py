"""SKUs (规格): the variants of a product that are sold, each with its bar code and prices."""

from collections.abc import Collection, Sequence
from typing import Any

import peewee

from store.catalog.fields import MAX_SKUS, SkuFields
from store.catalog.products import Product
from store.core import clock, errors, ids
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model


class Sku(Model):
    """`specification` has one value for each of the product's `specifications`, such as `["500g", "红色"]`.

    A retired SKU is not sold; it stays because orders and stock refer to it.
    """

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("sku_"))
    product = peewee.ForeignKeyField(Product, backref="skus", index=False)
    code = peewee.CharField(max_length=40, unique=True)
    barcode = peewee.CharField(max_length=14, null=True, unique=True)
    specification = JsonField(default=list)
    list_price_fen = peewee.BigIntegerField(constraints=[peewee.Check("list_price_fen >= 0")])
    member_price_fen = peewee.BigIntegerField(null=True)
    sort_order = peewee.IntegerField(default=0)
    state = peewee.CharField(
        max_length=10, default="active", constraints=[peewee.Check("state IN ('active', 'retired')")]
    )
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        constraints = [
            peewee.Check("member_price_fen IS NULL OR member_price_fen BETWEEN 0 AND list_price_fen")
        ]
        indexes = ((("product", "state"), False),)

    @property
    def full_name(self) -> str:
        """Return the name of the product with the specification, such as `龙井 500g`."""
        return " ".join([self.product.name, *self.specification])


def list_of_products(product_ids: Collection[int], *, with_retired: bool = False) -> dict[int, list[Sku]]:
    """Return the SKUs of products in their order, by the row id of the product."""
    found: dict[int, list[Sku]] = {product_id: [] for product_id in product_ids}
    if not found:
        return found
    marks = ", ".join("?" * len(found))
    active = "" if with_retired else "AND state = 'active' "
    condition = f"product_id IN ({marks}) {active}ORDER BY sort_order, id"
    for sku in Sku.find_where(condition, *sorted(found)):
        found[sku.product_id].append(sku)
    return found


def find_ids(public_ids: Collection[str]) -> dict[str, int]:
    """Return the row ids of SKUs by public id. Raises DomainError(not_found) if one is unknown."""
    wanted = sorted(set(public_ids))
    found = {sku.public_id: sku.id for sku in find_by_public_ids(wanted).values()}
    if len(found) < len(wanted):
        raise errors.not_found("该商品")
    return found


def find_by_public_ids(public_ids: Collection[str]) -> dict[str, Sku]:
    """Return the SKUs of public ids in any state. Unknown ids are left out."""
    wanted = sorted(set(public_ids))
    if not wanted:
        return {}
    marks = ", ".join("?" * len(wanted))
    return {sku.public_id: sku for sku in Sku.find_where(f"public_id IN ({marks})", *wanted)}


def read_public_ids(sku_ids: Collection[int]) -> dict[int | None, str]:
    """Return the public ids of SKUs by row id."""
    return {sku.id: sku.public_id for sku in Sku.by_ids(sorted(set(sku_ids)))}


def find_by_barcode(barcode: str) -> Sku | None:
    """Return the SKU of a bar code that is sold, or None."""
    return Sku.find(barcode=barcode, state="active")


def get_by_public_id(public_id: str) -> Sku:
    """Return the SKU of a public id in any state. Raises DomainError(not_found)."""
    sku = Sku.find(public_id=public_id)
    if sku is None:
        raise errors.not_found("该规格")
    return sku


def get_by_code(code: str) -> Sku:
    """Return the SKU of a code in any state. Raises DomainError(not_found)."""
    sku = Sku.find(code=code)
    if sku is None:
        raise errors.not_found("该规格")
    return sku


def save_of_product(product: Product, wanted: Sequence[SkuFields]) -> list[str]:
    """Make the SKUs of a product those wanted, in this order, and return the codes of those that changed.

    A SKU is found again by its code; one that is not wanted any more is retired. Requires a transaction and the
    lock of the product. Raises DomainError(invalid, sku_code_taken, barcode_taken).
    """
    _check(product, wanted)
    known = {sku.code: sku for sku in Sku.find_all(product=product.id)}
    _ensure_free(product, wanted)
    named = {row.code for row in wanted}
    retired = [sku for code, sku in known.items() if sku.state == "active" and code not in named]
    for sku in retired:
        sku.update_fields(state="retired", barcode=None)
    changes = [_columns(row, place) for place, row in enumerate(wanted)]
    # All bar codes that change are given up first: two SKUs may swap theirs.
    for columns in changes:
        before = known.get(columns["code"])
        if before is not None and before.barcode not in (None, columns["barcode"]):
            before.update_fields(barcode=None)
    saved = [
        columns["code"] for columns in changes if _save_one(product, known.get(columns["code"]), columns)
    ]
    return sorted([*saved, *(sku.code for sku in retired)])


def retire_of_product(product: Product) -> None:
    """End the sale of all SKUs of a product. Requires a transaction and the lock of the product."""
    for sku in list_of_products([product.id])[product.id]:
        sku.update_fields(state="retired", barcode=None)


def _save_one(product: Product, sku: Sku | None, columns: dict[str, Any]) -> bool:
    """Write a SKU and return whether it changed."""
    if sku is None:
        Sku.create(product=product, **columns)
        return True
    changed = {name: value for name, value in columns.items() if value != getattr(sku, name)}
    if changed:
        sku.update_fields(**changed)
    return bool(changed)


def _columns(row: SkuFields, place: int) -> dict[str, Any]:
    return {**row.model_dump(), "sort_order": place, "state": "active"}


def _check(product: Product, wanted: Sequence[SkuFields]) -> None:
    if not 1 <= len(wanted) <= MAX_SKUS:
        raise errors.invalid("skus", f"应有 1–{MAX_SKUS} 个规格")
    for what, values in (
        ("规格编码", [row.code for row in wanted]),
        ("条形码", [row.barcode for row in wanted if row.barcode]),
        ("规格值", [" / ".join(row.specification) for row in wanted]),
    ):
        repeated = next((value for value in values if values.count(value) > 1), None)
        if repeated is not None:
            raise errors.invalid("skus", f"{what}“{repeated}”重复" if repeated else "多个规格要填写规格值")
    for row in wanted:
        if len(row.specification) != len(product.specifications):
            names = "、".join(product.specifications)
            raise errors.invalid(
                "skus", f"规格 {row.code} 应填写 {names}" if names else f"规格 {row.code} 没有规格名称"
            )


def _ensure_free(product: Product, wanted: Sequence[SkuFields]) -> None:
    """Reject codes and bar codes of other products."""
    for field, error, what in (
        ("code", "sku_code_taken", "规格编码"),
        ("barcode", "barcode_taken", "条形码"),
    ):
        values = [getattr(row, field) for row in wanted if getattr(row, field)]
        marks = ", ".join("?" * len(values))
        condition = f"{field} IN ({marks}) AND product_id <> ? LIMIT 1"
        for other in Sku.find_where(condition, *values, product.id) if values else ():
            raise errors.DomainError(
                error, f"{what} {getattr(other, field)} 已被“{other.product.name}”使用", 409, field="skus"
            )
