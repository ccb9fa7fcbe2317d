"""Cost centres (成本中心): who pays for points, coupons and campaigns."""

from typing import Annotated

import peewee
from pydantic import AfterValidator

from store.core import errors
from store.core.database import db
from store.core.database.models import Model
from store.tenants import audit


class CostCentre(Model):
    """`code` is the reference that entries carry."""

    code = peewee.CharField(max_length=30, unique=True)
    name = peewee.CharField(max_length=60)


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


def find_by_code(code: str) -> CostCentre | None:
    """Return the cost centre of a code, or None."""
    return CostCentre.find(code=code)


def list_cost_centres() -> list[CostCentre]:
    """Return all cost centres by code."""
    return list(CostCentre.select().order_by(CostCentre.code))
