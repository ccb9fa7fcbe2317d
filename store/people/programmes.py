"""A loyalty programme (忠诚度计划): the club that a member account belongs to.

It stands among the people because a member account cannot exist without one; its tiers and
points live in the loyalty wing above.
"""

import peewee

from store.company import audit
from store.kernel import clock, db, recent, refusals
from store.kernel.fields import Moment
from store.kernel.records import Record


class Programme(Record):
    """`code` is unique in the tenant; the first programme is the one that new people join."""

    code = peewee.CharField(max_length=30, unique=True)
    name = peewee.CharField(max_length=60)
    created_at = Moment(default=clock.now)


@db.verb
def open_programme(*, code: str, name: str) -> Programme:
    """Open a programme; opened twice it is the same one."""
    found = Programme.get_or_none(Programme.code == code)
    if found is not None:
        return found
    if not code.strip() or not name.strip():
        raise refusals.invalid("code", "请填写计划编码和名称")
    audit.record("programmes.open", f"programme:{code}", after={"name": name})
    db.after_commit(recent.forget)
    return Programme.create(code=code, name=name)


@recent.remembered(seconds=5)
def listing() -> list[Programme]:
    """All programmes, the main one first."""
    return list(Programme.select().order_by(Programme.id))


@recent.remembered(seconds=5)
def main() -> Programme:
    """The programme that new people join: the first that was opened."""
    found = Programme.select().order_by(Programme.id).first()
    if found is None:
        raise refusals.Refused("no_programme", "尚未开通会员计划", 409)
    return found
