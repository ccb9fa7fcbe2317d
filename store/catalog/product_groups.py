"""Product groups (商品组): goods that point rules and coupons name by one code.

A draft is filled and then enabled. From then on it is frozen, so that no rule changes unseen; a copy is a new draft.
A retired group is not chosen for new rules and still holds for those that name it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import peewee

from store.core import clock, errors, ids, listing
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page

LABELS = {"draft": "未启用", "enabled": "已启用", "retired": "已停用"}
TRANSITIONS = {"draft": {"enabled"}, "enabled": {"retired"}, "retired": {"enabled"}}
# A line of an order takes 200 codes at most, those of its categories included.
MAX_GROUPS = 150


class ProductGroup(Model):
    """A group with its code, which no category has. `note` says what the group is for."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("pgr_"))
    code = peewee.CharField(max_length=40, unique=True)
    name = peewee.CharField(max_length=30)
    note = peewee.CharField(max_length=200, default="")
    state = peewee.CharField(
        max_length=10, default="draft", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    enabled_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField(default=clock.now)


@dataclass(frozen=True)
class GroupFilter:
    """`search` is a part of name or code."""

    search: str = ""
    state: str | None = None


def list_page(criteria: GroupFilter, page: Page) -> tuple[list[ProductGroup], int]:
    """Return a page of groups and the number of all."""
    query: Any = ProductGroup.select()
    if criteria.search.strip():
        text = criteria.search.strip()
        query = query.where(ProductGroup.name.contains(text) | ProductGroup.code.contains(text))
    if criteria.state is not None:
        query = query.where(ProductGroup.state == criteria.state)
    sorts = {"code": ProductGroup.code, "name": ProductGroup.name, "created_at": ProductGroup.created_at}
    return listing.read_page(query, page, sorts=sorts, default="-created_at", id_field=ProductGroup.id)


def list_enabled() -> list[ProductGroup]:
    """Return the groups that rules may choose, by name."""
    return list(
        ProductGroup.select()
        .where(ProductGroup.state == "enabled")
        .order_by(ProductGroup.name, ProductGroup.id)
    )


def read_names(codes: set[str]) -> dict[str, str]:
    """Return the names of groups by code. A code of no group is left out."""
    query: Any = ProductGroup.select(ProductGroup.code, ProductGroup.name).where(
        ProductGroup.code << sorted(codes)
    )
    return dict(query.tuples())


def get_by_public_id(public_id: str) -> ProductGroup:
    """Return the group of a public id. Raises DomainError(not_found)."""
    return _get_or_raise(ProductGroup.find(public_id=public_id))


def lock(group: ProductGroup) -> ProductGroup:
    """Lock the row of a group and return it as it is now. Requires a transaction."""
    return _get_or_raise(db.lock(ProductGroup.select().where(ProductGroup.id == group.id)).first())


def ensure_choosable(code: str, *, field: str) -> None:
    """Reject the code of a group that is not enabled for a new rule. Requires a transaction: the group then stays.

    Codes that are no group pass, because other channels report goods with codes of their own.
    Raises DomainError(invalid).
    """
    group = ProductGroup.find(code=code, lock=True)
    if group is not None and group.state != "enabled":
        raise errors.invalid(field, f"商品组“{group.name}”{LABELS[group.state]}，不能选择")


def ensure_all_choosable(codes: Iterable[str], *, field: str) -> None:
    """Reject the codes of groups that are not enabled, as `ensure_choosable` does."""
    for code in sorted(codes):
        ensure_choosable(code, field=field)


def _get_or_raise(group: ProductGroup | None) -> ProductGroup:
    if group is None:
        raise errors.not_found("该商品组")
    return group
