"""A loyalty programme (忠诚度计划): the club that a member account belongs to.

It stands among the people because a member account cannot exist without one; its tiers and
points live in the loyalty wing above.
"""

import re

import peewee

from store.company import audit
from store.kernel import clock, db, recent, refusals
from store.kernel.fields import Moment
from store.kernel.records import Record

LONGEST_NAME = 60
_CODE = re.compile(r"[a-z][a-z0-9-]{0,29}")


class Programme(Record):
    """`code` is unique in the tenant; the first programme is the one that new people join."""

    code = peewee.CharField(max_length=30, unique=True)
    name = peewee.CharField(max_length=LONGEST_NAME)
    created_at = Moment(default=clock.now)


@db.verb
def open_programme(*, code: str, name: str) -> Programme:
    """Open a programme; opened twice it is the same one, and under another name it is refused."""
    _check(code, name)
    found = Programme.find(code=code)
    if found is None:
        audit.record("programmes.open", f"programme:{code}", after={"name": name})
        db.after_commit(recent.forget)
        return Programme.create(code=code, name=name)
    if found.name != name:
        sentence = f"会员计划 {code} 已开通，名称为“{found.name}”"
        raise refusals.Refused("programme_exists", sentence, 409, field="name", name=found.name)
    return found


def of_code(code: str) -> Programme | None:
    """The programme of a code, if there is one."""
    return Programme.find(code=code)


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


def _check(code: str, name: str) -> None:
    if _CODE.fullmatch(code) is None:
        raise refusals.invalid("code", "计划编码应为 1–30 个小写字母、数字或连字符，以字母开头")
    if name != name.strip() or not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise refusals.invalid("name", f"请填写计划名称，最多 {LONGEST_NAME} 个字")
