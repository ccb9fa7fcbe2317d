"""Categories of goods (商品分类) in up to three levels.

A category is never deleted: a retired one keeps its products, takes no new ones and is not shown to customers.
"""

from typing import Any

import peewee

from store.catalog.fields import CategoryFields, Code
from store.catalog.product_groups import ProductGroup
from store.core import cache, clock, errors, ids
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.tenants import audit

MAX_LEVEL = 3


class Category(Model):
    """`code` is the tenant's own number, `level` is 1 for a category without a parent.

    Stock of its products below `warning_at` is low; None takes the limit of the category above it.
    """

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("cat_"))
    code = peewee.CharField(max_length=40, unique=True)
    name = peewee.CharField(max_length=30)
    parent = peewee.ForeignKeyField("self", null=True, backref="children")
    level = peewee.IntegerField(constraints=[peewee.Check("level BETWEEN 1 AND 3")])
    sort_order = peewee.IntegerField(default=0)
    source = peewee.CharField(max_length=30, default="")
    warning_at = peewee.BigIntegerField(null=True, constraints=[peewee.Check("warning_at >= 0")])
    retired_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField(default=clock.now)


class CategoryCreation(CategoryFields):
    """A new category."""

    code: Code


@db.transactional
def create_category(*, code: str, name: str, parent: Category | None = None, **fields: Any) -> Category:
    """Create a category below `parent`, or of the first level. Idempotent by code, name and parent.

    Raises DomainError(invalid, category_code_taken, category_retired, category_too_deep).
    """
    opening = validate(CategoryCreation, {**fields, "code": code, "name": name})
    above = lock(parent) if parent is not None else None
    db.advisory_lock("catalog.group_codes")
    found = Category.find(code=opening.code)
    if found is not None:
        if (found.name, found.parent_id) != (opening.name, above.id if above else None):
            raise errors.DomainError("category_code_taken", f"分类编码 {code} 已被“{found.name}”使用", 409)
        return found
    if ProductGroup.find(code=opening.code) is not None:  # rules could not tell them apart
        raise errors.DomainError("category_code_taken", f"{code} 是商品组的编码，请换一个", 409)
    if above is not None:
        ensure_in_use(above)
        if above.level >= MAX_LEVEL:
            raise errors.DomainError("category_too_deep", f"分类最多 {MAX_LEVEL} 级", 409)
    made = Category.create(**opening.model_dump(), parent=above, level=above.level + 1 if above else 1)
    audit.record("categories.create", f"category:{made.code}", after=opening.model_dump())
    db.after_commit(cache.clear)
    return made


@db.transactional
def change_category(category: Category, **fields: Any) -> Category:
    """Change name, sort order, source or stock limit of a category, keep the others. Idempotent.

    Raises DomainError(invalid, not_found).
    """
    row = lock(category)
    before = {name: getattr(row, name) for name in CategoryFields.model_fields}
    after = validate(CategoryFields, {**before, **fields}).model_dump()
    changed = {name: value for name, value in after.items() if value != before[name]}
    if changed:
        row.update_fields(**changed)
        old = {name: before[name] for name in changed}
        audit.record("categories.change", f"category:{row.code}", before=old, after=changed)
        db.after_commit(cache.clear)
    return row


@db.transactional
def restore_category(category: Category) -> Category:
    """Take a retired category back into use. Idempotent. Raises DomainError(category_retired) below a retired one."""
    row = lock(category)
    if row.retired_at is not None:
        if row.parent_id is not None:
            ensure_in_use(lock(Category(id=row.parent_id)))  # else it could be retired meanwhile
        row.update_fields(retired_at=None)
        audit.record("categories.restore", f"category:{row.code}")
    return row


def get_by_public_id(public_id: str) -> Category:
    """Return the category of a public id. Raises DomainError(not_found)."""
    return _get_or_raise(Category.find(public_id=public_id))


def get_by_code(code: str) -> Category:
    """Return the category of the tenant's own number. Raises DomainError(not_found)."""
    return _get_or_raise(Category.find(code=code))


def list_all(*, with_retired: bool = False) -> list[Category]:
    """Return the categories by level and then in their order."""
    condition = "1 = 1" if with_retired else "retired_at IS NULL"
    return Category.find_where(f"{condition} ORDER BY level, sort_order, id")


def sort_as_tree(rows: list[Category]) -> list[Category]:
    """Return categories, each followed by those below it. `rows` are in the order of `list_all`."""
    below: dict[int | None, list[Category]] = {}
    known = {row.id for row in rows}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)

    def walk(parent_id: int | None) -> list[Category]:
        return [each for row in below.get(parent_id, ()) for each in (row, *walk(row.id))]

    return walk(None)


@cache.cached(ttl_s=1)
def read_warning_limits() -> dict[int, int]:
    """Return the stock limit of each category that has one, its own or that of a category above it, by row id."""
    found: dict[int, int] = {}
    for row in list_all(with_retired=True):
        limit = found.get(row.parent_id) if row.warning_at is None else row.warning_at
        if limit is not None:
            found[row.id] = limit
    return found


def list_subtree_ids(category: Category) -> list[int]:
    """Return the row ids of a category and of all below it."""
    found = [category.id]
    level = [category.id]
    while level:
        rows: Any = Category.select(Category.id).where(Category.parent << level).tuples()
        level = [row_id for (row_id,) in rows]
        found += level
    return found


def read_paths(rows: list[Category]) -> dict[int, str]:
    """Return the names of categories from the first level on, such as `食品 / 饮料 / 茶`, by row id."""
    by_id = {row.id: row for row in rows}

    def path_of(row: Category) -> str:
        above = by_id.get(row.parent_id)
        return f"{path_of(above)} / {row.name}" if above is not None else row.name

    return {row.id: path_of(row) for row in rows}


def ensure_in_use(category: Category) -> None:
    """Raise DomainError(category_retired) for a retired category."""
    if category.retired_at is not None:
        raise errors.DomainError("category_retired", f"分类“{category.name}”已停用", 409)


def lock(category: Category) -> Category:
    """Lock the row of a category and return it as it is now. Requires a transaction."""
    return _get_or_raise(Category.find(id=category.id, lock=True))


def _get_or_raise(category: Category | None) -> Category:
    if category is None:
        raise errors.not_found("该分类")
    return category
