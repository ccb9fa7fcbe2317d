"""A cost centre (成本中心): who pays for what rules, coupons and campaigns give away."""

from datetime import datetime
from typing import Annotated, Any

import peewee
from peewee import fn
from pydantic import AfterValidator

from store.company import audit
from store.kernel import db, refusals
from store.kernel.records import Record
from store.loyalty.point_accounts import PointAccount, PointEntry


class CostCentre(Record):
    """`code` is what entries carry."""

    code = peewee.CharField(max_length=30, unique=True)
    name = peewee.CharField(max_length=60)


def _there(code: str | None) -> str | None:
    if code is not None and of_code(code) is None:
        raise ValueError(f"没有编码为 {code} 的成本中心，请先开设")
    return code


Payer = Annotated[str | None, AfterValidator(_there)]  # in settings: the code of who pays, or nobody named


@db.verb
def open_cost_centre(*, code: str, name: str) -> CostCentre:
    """Open a cost centre; opened twice it is the same one."""
    found = CostCentre.find(code=code)
    if found is not None:
        return found
    if not 1 <= len(code.strip()) <= 30 or not 1 <= len(name.strip()) <= 60:
        raise refusals.invalid("code", "请填写成本中心的编码和名称")
    audit.record("cost_centres.open", f"cost_centre:{code}", after={"name": name})
    return CostCentre.create(code=code, name=name)


def of_code(code: str) -> CostCentre | None:
    """The cost centre of a code, if there is one."""
    return CostCentre.find(code=code)


def listing() -> list[CostCentre]:
    """All cost centres by code."""
    return list(CostCentre.select().order_by(CostCentre.code))


def totals(*, since: datetime, until: datetime) -> list[tuple[str | None, int, str, int]]:
    """Points by cost centre, group (its id) and kind of entry, entered from `since` until before `until`."""
    within = (PointEntry.at >= since) & (PointEntry.at < until)
    columns = (PointEntry.cost_centre, PointAccount.group, PointEntry.kind)
    query = PointEntry.select(*columns, fn.SUM(PointEntry.value).cast("bigint")).join(PointAccount)
    rows: Any = query.where(within).group_by(*columns).order_by(*columns).tuples()
    return list(rows)
