"""Loyalty programmes (会员体系): the programme that a member account belongs to.

It belongs to `customers` because a member account needs one (docs/decisions/0002).
"""

import re

import peewee

from store.core import cache, clock, errors, listing
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
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


@db.transactional
def rename(*, code: str, name: str) -> Programme:
    """Change the name of a programme. Idempotent. Raises DomainError(not_found, invalid)."""
    _validate(code, name)
    row = Programme.find(code=code, lock=True)
    if row is None:
        raise errors.not_found("该会员计划")
    if row.name != name:
        audit.record(
            "programmes.rename", f"programme:{code}", before={"name": row.name}, after={"name": name}
        )
        row.update_fields(name=name)
        db.after_commit(cache.clear)
    return row


def list_page(page: Page, *, search: str = "") -> tuple[list[Programme], int]:
    """Return a page of programmes and the number of all. `search` is a part of code or name."""
    query = Programme.select()
    if search:
        query = query.where(Programme.code.contains(search) | Programme.name.contains(search))
    sorts = {
        "code": Programme.code,
        "name": Programme.name,
        "created_at": Programme.created_at,
        "id": Programme.id,
    }
    return listing.read_page(query, page, sorts=sorts, default="id", id_field=Programme.id)


def get_by_code(code: str) -> Programme:
    """Return the programme of a code. Raises DomainError(not_found)."""
    found = find_by_code(code)
    if found is None:
        raise errors.not_found("该会员计划")
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
