"""Cost centres (成本中心): who pays for points, coupons and campaigns."""

from typing import Annotated

import peewee
from pydantic import AfterValidator

from store.core import clock, errors, listing
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.tenants import audit


class CostCentre(Model):
    """`code` is the reference that entries carry. A closed one (`closed_at`) takes no new rules."""

    code = peewee.CharField(max_length=30, unique=True)
    name = peewee.CharField(max_length=60)
    created_at = UtcDateTimeField(default=clock.now)
    closed_at = UtcDateTimeField(null=True)


def _ensure_exists(code: str | None) -> str | None:
    if code is not None and find_by_code(code) is None:
        raise ValueError(f"没有编码为 {code} 的成本中心，请先开设")
    return code


CostCentreCode = Annotated[
    str | None, AfterValidator(_ensure_exists)
]  # in settings: the code of a cost centre, or None


@db.transactional
def create(*, code: str, name: str) -> CostCentre:
    """Create a cost centre. Idempotent by `code`."""
    found = CostCentre.find(code=code)
    if found is not None:
        errors.ensure_equal(f"成本中心 {code} ", ("name", "名称", found.name, name))
        return found
    if not 1 <= len(code.strip()) <= 30 or not 1 <= len(name.strip()) <= 60:
        raise errors.invalid("code", "请填写成本中心的编码和名称")
    audit.record("cost_centres.create", f"cost_centre:{code}", after={"name": name})
    return CostCentre.create(code=code, name=name)


@db.transactional
def rename(*, code: str, name: str) -> CostCentre:
    """Change the name. Idempotent. Raises DomainError(not_found, invalid)."""
    row = _lock(code)
    if not 1 <= len(name.strip()) <= 60:
        raise errors.invalid("name", "请填写成本中心的名称，最多 60 个字")
    if row.name != name:
        audit.record(
            "cost_centres.rename", f"cost_centre:{code}", before={"name": row.name}, after={"name": name}
        )
        row.update_fields(name=name)
    return row


@db.transactional
def close(*, code: str) -> CostCentre:
    """Close a cost centre for new rules. Idempotent. What names it keeps it."""
    row = _lock(code)
    if row.closed_at is None:
        row.update_fields(closed_at=clock.now())
        audit.record("cost_centres.close", f"cost_centre:{code}")
    return row


@db.transactional
def reopen(*, code: str) -> CostCentre:
    """Open a closed cost centre again. Idempotent."""
    row = _lock(code)
    if row.closed_at is not None:
        row.update_fields(closed_at=None)
        audit.record("cost_centres.reopen", f"cost_centre:{code}")
    return row


def ensure_open(cost_centre: CostCentre) -> None:
    """Raise DomainError(invalid) for a closed cost centre. Requires a transaction, in which it stays open."""
    if _lock(cost_centre.code).closed_at is not None:
        raise errors.invalid("cost_centre", f"成本中心“{cost_centre.name}”已停用，请另选一个")


def _lock(code: str) -> CostCentre:
    found = CostCentre.find(code=code, lock=True)
    if found is None:
        raise errors.not_found("该成本中心")
    return found


def list_page(page: Page, *, search: str = "") -> tuple[list[CostCentre], int]:
    """Return a page of cost centres and the number of all. `search` is a part of code or name."""
    query = CostCentre.select()
    if search:
        query = query.where(CostCentre.code.contains(search) | CostCentre.name.contains(search))
    sorts = {"code": CostCentre.code, "name": CostCentre.name, "created_at": CostCentre.created_at}
    return listing.read_page(query, page, sorts=sorts, default="code", id_field=CostCentre.id)


def find_by_code(code: str) -> CostCentre | None:
    """Return the cost centre of a code, or None."""
    return CostCentre.find(code=code)


def name_of(code: str) -> str:
    """Return the name of a cost centre, or the code of one that is not there."""
    found = find_by_code(code)
    return str(found.name) if found is not None else code


def list_cost_centres() -> list[CostCentre]:
    """Return all cost centres by code."""
    return list(CostCentre.select().order_by(CostCentre.code))
