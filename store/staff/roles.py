"""Roles (安全角色): named sets of rights. The ready-made ones exist in every tenant that has an account."""

import re
from collections.abc import Iterable

import peewee

from store.core import clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.staff import rights
from store.tenants import audit

ADMIN = "admin"
_KEY = re.compile(r"[a-z][a-z0-9_]{1,29}")
_READ_ONLY = ("read",)


class Role(Model):
    """`key` is the identifier (角色标识), `code` a number of the merchant's own (编码), which may be empty."""

    key = peewee.CharField(max_length=30, unique=True)
    code = peewee.CharField(max_length=30, default="")
    name = peewee.CharField(max_length=30)
    description = peewee.CharField(max_length=200, default="")
    rights = JsonField(default=list)
    is_builtin = peewee.BooleanField(default=False)
    created_at = UtcDateTimeField(default=clock.now)


def _builtin_rights() -> dict[str, tuple[str, list[str]]]:
    read = rights.of_entries(*rights.ENTRIES, buttons=_READ_ONLY)
    system = {"staff", "roles", "audit_log", "channels", "merchants", "settings", "outbox"}
    business_read = [right for right in read if right.partition(".")[0] not in system]
    of = rights.of_entries
    return {
        ADMIN: ("超级管理员", [rights.ALL]),
        "marketing": ("营销", [
            *business_read, *of("coupon_rules", buttons=("create", "edit", "delete", "export", "publish", "issue")),
            *of("coupons", "coupon_gifts", "keyword_replies", "menus", "qr_codes", "costs"),
        ]),
        "service": ("客服", [
            *of("home", "orders", "payments", "refunds", "stored_value", "tier_records", "point_accounts",
                "point_entries", "coupons", "coupon_gifts", "shops", buttons=_READ_ONLY),
            "members.read", "members.create", "members.edit", "members.personal_data", "members.freeze",
        ]),
        "shop_manager": ("店长", [
            *of("home", "members", "point_accounts", "coupons", "terminals", "payments", "refunds", "payment_report",
                buttons=_READ_ONLY),
            "orders.read", "orders.export", "orders.refund", "shops.read", "shops.edit",
            *of("cashiers"),
        ]),
        "cashier": ("收银", of("home", "members", "orders", "shops", buttons=_READ_ONLY)),
        "analyst": ("分析", [*business_read, *of(*rights.ENTRIES, buttons=("export",))]),
        "user": ("普通用户", of(
            "home", "programmes", "tiers", "tier_rules", "point_groups", "cost_centres", "point_rules", "categories",
            "goods", "shops", "payment_kinds", buttons=_READ_ONLY,
        )),
    }  # fmt: skip


@db.transactional
def ensure_builtin() -> None:
    """Create the ready-made roles that are missing. Idempotent: what a merchant has changed about them stays."""
    db.advisory_lock("staff_roles")
    existing = {row.key for row in Role.select(Role.key)}
    for key, (name, granted) in _builtin_rights().items():
        if key not in existing:
            Role.create(key=key, name=name, rights=rights.check(granted), is_builtin=True)


@db.transactional
def create(*, key: str, name: str, rights: Iterable[str], code: str = "", description: str = "") -> Role:
    """Create a role. Idempotent by `key`. Raises DomainError(already_exists) if the rest differs."""
    if not _KEY.fullmatch(key):
        raise errors.invalid("key", "角色标识以小写字母开头，仅含小写字母、数字和下划线，2–30 位")
    values = _check(name=name, rights=rights, code=code, description=description)
    db.advisory_lock("staff_roles")
    found = Role.find(key=key)
    if found is not None:
        errors.ensure_equal(
            f"角色标识 {key} ", ("name", "角色名称", found.name, values["name"]),
            ("rights", "权限", found.rights, values["rights"]),
        )  # fmt: skip
        return found
    row = Role.create(key=key, **values)
    audit.record("roles.create", f"role:{key}", after=values)
    return row


@db.transactional
def change(role: Role, *, name: str, rights: Iterable[str], code: str = "", description: str = "") -> Role:
    """Replace name, rights, code and description of a role. Idempotent.

    The new rights count from the next request of an account. Raises DomainError(role_fixed) for other rights of the
    role `admin`, which always has all.
    """
    row = lock(role.id)
    values = _check(name=name, rights=rights, code=code, description=description)
    if row.key == ADMIN and values["rights"] != row.rights:
        raise errors.DomainError("role_fixed", "超级管理员始终拥有全部权限，不能修改")
    before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
    if before:
        audit.record(
            "roles.change", f"role:{row.key}", before=before, after={name: values[name] for name in before}
        )
        row.update_fields(**values)
    return row


def get_by_key(key: str) -> Role:
    """Return a role. Raises DomainError(not_found)."""
    found = Role.find(key=key)
    if found is None:
        raise errors.not_found("该角色")
    return found


def list_roles() -> list[Role]:
    """Return all roles, the ready-made ones first."""
    return list(Role.select().order_by(Role.is_builtin.desc(), Role.id))


def lock(role_id: int) -> Role:
    """Lock a role until the transaction ends. Raises DomainError(not_found)."""
    found = Role.find(id=role_id, lock=True)
    if found is None:
        raise errors.not_found("该角色")
    return found


def _check(*, name: str, rights: Iterable[str], code: str, description: str) -> dict[str, object]:
    name = input_limits.check_line(name.strip(), field="name", max_length=30)
    if not name:
        raise errors.invalid("name", "请填写角色名称")
    return {
        "name": name,
        "rights": _check_rights(rights),
        "code": input_limits.check_line(code.strip(), field="code", max_length=30),
        "description": input_limits.check_line(description.strip(), field="description", max_length=200),
    }


_check_rights = rights.check
