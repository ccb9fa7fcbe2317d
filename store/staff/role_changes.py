"""Changes of roles: create, change, delete. `by` gives no rights that it does not have; None is an operator."""

import re
from collections.abc import Iterable
from typing import Any

from store.core import errors, input_limits
from store.core.database import db
from store.staff import accounts, roles
from store.staff import rights as staff_rights
from store.staff.accounts import StaffAccount, StaffRole
from store.staff.roles import Role
from store.tenants import audit

_KEY = re.compile(r"[a-z][a-z0-9_]{1,29}")


@db.transactional
def create(
    *,
    key: str,
    name: str,
    rights: Iterable[str],
    code: str = "",
    description: str = "",
    by: StaffAccount | None = None,
) -> Role:
    """Create a role. Idempotent by `key`. Raises DomainError: already_exists if the rest differs, right_not_held."""
    if not _KEY.fullmatch(key):
        raise errors.invalid("key", "角色标识以小写字母开头，仅含小写字母、数字和下划线，2–30 位")
    values = _check(name=name, rights=rights, code=code, description=description)
    _ensure_may_give(by, values["rights"])
    db.advisory_lock("staff_roles")
    found = Role.find(key=key)
    if found is not None:
        labels = {"name": "角色名称", "rights": "权限", "code": "编码", "description": "描述"}
        facts = ((field, labels[field], getattr(found, field), value) for field, value in values.items())
        errors.ensure_equal(f"角色标识 {key} ", *facts)
        return found
    row = Role.create(key=key, **values)
    audit.record("roles.create", f"role:{key}", after=values)
    return row


@db.transactional
def change(
    role: Role,
    *,
    name: str,
    rights: Iterable[str],
    code: str = "",
    description: str = "",
    by: StaffAccount | None = None,
) -> Role:
    """Replace name, rights, code and description of a role. Idempotent. New rights count from the next request.

    Raises DomainError: role_fixed for other rights of `admin`, which always has all, and right_not_held.
    """
    row = roles.lock(role.id)
    values = _check(name=name, rights=rights, code=code, description=description)
    if row.key == roles.ADMIN and values["rights"] != row.rights:
        raise errors.DomainError("role_fixed", "超级管理员始终拥有全部权限，不能修改")
    _ensure_may_give(by, [*row.rights, *values["rights"]])
    before = {field: getattr(row, field) for field, value in values.items() if getattr(row, field) != value}
    if before:
        after = {field: values[field] for field in before}
        audit.record("roles.change", f"role:{row.key}", before=before, after=after)
        row.update_fields(**values)
    return row


@db.transactional
def delete(role: Role, *, by: StaffAccount | None = None) -> None:
    """Delete a role that no account has. Idempotent.

    Raises DomainError: role_fixed for a ready-made role, role_in_use, right_not_held.
    """
    db.advisory_lock("staff_accounts")  # without it an account could get the role meanwhile
    row = Role.find(id=role.id, lock=True)
    if row is None:
        return
    if row.is_builtin:
        raise errors.DomainError("role_fixed", "预置角色不能删除")
    if StaffRole.select().where(StaffRole.role == row.id).exists():
        raise errors.DomainError("role_in_use", "仍有账号使用该角色，不能删除")
    _ensure_may_give(by, row.rights)
    audit.record("roles.delete", f"role:{row.key}", before={"name": row.name, "rights": row.rights})
    Role.delete().where(Role.id == row.id).execute()


def _ensure_may_give(by: StaffAccount | None, given: Iterable[str]) -> None:
    if by is not None:
        staff_rights.ensure_within(given, accounts.list_granted(by))


def _check(*, name: str, rights: Iterable[str], code: str, description: str) -> dict[str, Any]:
    name = input_limits.check_line(name.strip(), field="name", max_length=30)
    if not name:
        raise errors.invalid("name", "请填写角色名称")
    return {
        "name": name,
        "rights": staff_rights.check(rights),
        "code": input_limits.check_line(code.strip(), field="code", max_length=30),
        "description": input_limits.check_line(description.strip(), field="description", max_length=200),
    }
