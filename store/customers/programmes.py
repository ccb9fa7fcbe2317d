"""Loyalty programmes (会员体系): the programme that a member account belongs to.

It belongs to `customers` because a member account needs one (docs/decisions/0002).
"""

import re

import peewee

from store.core import cache, clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.tenants import audit

MAX_NAME_LENGTH = 60
_CODE_PATTERN = re.compile(r"[a-z][a-z0-9-]{0,29}")


class Programme(Model):
    """`code` is unique in the tenant; new members join the first programme."""

    code = peewee.CharField(max_length=30, unique=True)
    name = peewee.CharField(max_length=MAX_NAME_LENGTH)
    created_at = UtcDateTimeField(default=clock.now)


@db.transactional
def create_programme(*, code: str, name: str) -> Programme:
    """Create a programme. Idempotent by `code`. Raises DomainError if the name differs."""
    _validate(code, name)
    found = Programme.find(code=code)
    if found is None:
        audit.record("programmes.create", f"programme:{code}", after={"name": name})
        db.after_commit(cache.clear)
        return Programme.create(code=code, name=name)
    if found.name != name:
        sentence = f"会员计划 {code} 已开通，名称为“{found.name}”"
        raise errors.DomainError("programme_exists", sentence, 409, field="name", name=found.name)
    return found


def find_by_code(code: str) -> Programme | None:
    """Return the programme of a code, or None."""
    return Programme.find(code=code)


@cache.cached(ttl_s=5)
def list_programmes() -> list[Programme]:
    """Return all programmes, the first one first."""
    return list(Programme.select().order_by(Programme.id))


@cache.cached(ttl_s=5)
def get_default() -> Programme:
    """Return the first programme, which new members join."""
    found = Programme.select().order_by(Programme.id).first()
    if found is None:
        raise errors.DomainError("no_programme", "尚未开通会员计划", 409)
    return found


def _validate(code: str, name: str) -> None:
    if _CODE_PATTERN.fullmatch(code) is None:
        raise errors.invalid("code", "计划编码应为 1–30 个小写字母、数字或连字符，以字母开头")
    if name != name.strip() or not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise errors.invalid("name", f"请填写计划名称，最多 {MAX_NAME_LENGTH} 个字")
