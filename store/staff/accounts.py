"""Staff accounts (用户账号): login, password, roles and the shops whose data an account sees."""

import re
from collections.abc import Iterable
from typing import Any

import peewee

from store.core import clock, errors, ids, input_limits
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.shops.shops import Shop
from store.staff import attempts, passwords, rights, roles
from store.staff.roles import Role
from store.tenants import audit

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,29}")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{4,19}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class StaffAccount(Model):
    """An empty `password_hash` is that of an account which has not chosen a password yet."""

    public_id = peewee.CharField(max_length=40, unique=True)
    login = peewee.CharField(max_length=30, unique=True)
    password_hash = peewee.CharField(max_length=200, default="")
    nickname = peewee.CharField(max_length=30, default="")
    phone = EncryptedField(context="staff_account.phone", null=True)
    email = EncryptedField(context="staff_account.email", null=True)
    state = peewee.CharField(
        max_length=10, default="active", constraints=[peewee.Check("state IN ('active', 'disabled')")]
    )
    must_change_password = peewee.BooleanField(default=False)
    created_at = UtcDateTimeField(default=clock.now)


class StaffRole(Model):
    """A role of an account."""

    account = peewee.ForeignKeyField(StaffAccount)
    role = peewee.ForeignKeyField(Role)

    class Meta:
        indexes = ((("account", "role"), True),)


class StaffShop(Model):
    """A shop whose data an account sees. An account without any sees all shops."""

    account = peewee.ForeignKeyField(StaffAccount)
    shop = peewee.ForeignKeyField(Shop)

    class Meta:
        indexes = ((("account", "shop"), True),)


@db.transactional
def add(
    *,
    login: str,
    role_keys: Iterable[str],
    nickname: str = "",
    phone: str | None = None,
    email: str | None = None,
    shops: Iterable[Shop] = (),
) -> StaffAccount:
    """Add an account without a password, which its owner chooses by a sign-in link. Idempotent by `login`.

    Raises DomainError(already_exists) if roles or shops differ.
    """
    login = normalize_login(login)
    roles.ensure_builtin()
    chosen, scope = _get_roles(role_keys), {shop.id: shop for shop in shops}
    values = _check_person(nickname=nickname, phone=phone, email=email)
    found = StaffAccount.find(login=login)
    if found is not None:
        errors.ensure_equal(
            f"账号 {login} ", ("roles", "角色", list_role_keys(found), sorted(row.key for row in chosen)),
            ("shops", "门店", sorted(find_shop_ids(found) or ()), sorted(scope)),
        )  # fmt: skip
        return found
    row = StaffAccount.create(public_id=ids.public_id("sta_"), login=login, **values)
    _replace_roles(row, chosen)
    _replace_shops(row, scope)
    audit.record("staff.add", subject_of(row), after=_describe(row))
    return row


@db.transactional
def set_password(account: StaffAccount, *, password: str) -> StaffAccount:
    """Set the password of an account and forget its wrong attempts. Sessions stay: see `sessions.end_all`."""
    row = lock(account.id)
    passwords.check(password, login=row.login)
    row.update_fields(password_hash=passwords.hash_password(password), must_change_password=False)
    attempts.forget(row.login)
    audit.record("staff.set_password", subject_of(row))
    return row


@db.transactional
def disable(account: StaffAccount) -> StaffAccount:
    """Disable an account. Idempotent. `sessions.disable_account` ends its sessions too.

    Raises DomainError(last_admin) for the last active account with all rights.
    """
    row = _lock_for_change(account)
    if row.state == "active":
        row.update_fields(state="disabled")
        _ensure_admin()
        audit.record("staff.disable", subject_of(row))
    return row


@db.transactional
def enable(account: StaffAccount) -> StaffAccount:
    """Enable a disabled account. Idempotent."""
    row = _lock_for_change(account)
    if row.state == "disabled":
        row.update_fields(state="active")
        audit.record("staff.enable", subject_of(row))
    return row


def verify_password(login: str, password: str) -> StaffAccount | None:
    """Return the active account of a login and a password, or None. Counts an attempt.

    Takes as long for an unknown login. Raises DomainError(staff_locked), and RuntimeError inside a transaction, whose
    rollback would undo the count.
    """
    db.ensure_outside_transaction()
    attempts.count(login)
    found = find_by_login(login)
    is_right = passwords.is_right(password, found.password_hash if found else "")
    if found is None or not is_right or found.state != "active":
        return None
    attempts.forget(login)
    return found


def find_by_login(login: str) -> StaffAccount | None:
    """Return the account of a login, or None."""
    return StaffAccount.find(login=login) if _LOGIN.fullmatch(login) else None


def get_by_login(login: str) -> StaffAccount:
    """Return an account. Raises DomainError(not_found)."""
    found = find_by_login(login.strip().lower())
    if found is None:
        raise errors.not_found("该账号")
    return found


def get_by_public_id(public_id: str) -> StaffAccount:
    """Return an account. Raises DomainError(not_found)."""
    found = StaffAccount.find(public_id=public_id)
    if found is None:
        raise errors.not_found("该账号")
    return found


def list_accounts() -> list[StaffAccount]:
    """Return all accounts by login."""
    return list(StaffAccount.select().order_by(StaffAccount.login))


def read_rights(account: StaffAccount) -> frozenset[str]:
    """Return the rights of all roles of an account."""
    return rights.expand(right for role in list_roles_of(account) for right in role.rights)


def list_roles_of(account: StaffAccount) -> list[Role]:
    """Return the roles of an account."""
    return list(Role.select().join(StaffRole).where(StaffRole.account == account.id).order_by(Role.id))


def list_role_keys(account: StaffAccount) -> list[str]:
    """Return the keys of the roles of an account, sorted."""
    return sorted(role.key for role in list_roles_of(account))


def find_shop_ids(account: StaffAccount) -> frozenset[int] | None:
    """Return the ids of the shops whose data an account sees, or None for all shops."""
    found = frozenset(row.shop_id for row in StaffShop.find_all(account=account.id))
    return found or None


def lock(account_id: int) -> StaffAccount:
    """Lock an account until the transaction ends. Raises DomainError(not_found)."""
    found = StaffAccount.find(id=account_id, lock=True)
    if found is None:
        raise errors.not_found("该账号")
    return found


def normalize_login(login: str) -> str:
    """Return a login in its one form. Raises DomainError(invalid)."""
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise errors.invalid("login", "账号应为 2–30 位小写字母、数字、点、横线或下划线")
    return login


def subject_of(account: StaffAccount) -> str:
    """Return how the audit log names an account."""
    return f"staff:{account.login}"


def _lock_for_change(account: StaffAccount) -> StaffAccount:
    """Lock an account. Without the lock of all, two admins could disable each other at once."""
    db.advisory_lock("staff_accounts")
    return lock(account.id)


def _ensure_admin() -> None:
    """Raise DomainError(last_admin) if no active account has all rights."""
    admins = StaffRole.select().join(StaffAccount).switch(StaffRole).join(Role)
    if not admins.where((Role.key == roles.ADMIN) & (StaffAccount.state == "active")).exists():
        raise errors.DomainError("last_admin", "至少要保留一个可用的超级管理员")


def _check_person(*, nickname: str, phone: str | None, email: str | None) -> dict[str, Any]:
    phone, email = (phone or "").strip() or None, (email or "").strip() or None
    if phone and not _PHONE.fullmatch(phone):
        raise errors.invalid("phone", "手机号格式不正确")
    if email and (len(email) > 100 or not _EMAIL.fullmatch(email)):
        raise errors.invalid("email", "邮箱格式不正确")
    nickname = input_limits.check_line(nickname.strip(), field="nickname", max_length=30)
    return {"nickname": nickname, "phone": phone, "email": email}


def _get_roles(keys: Iterable[str]) -> list[Role]:
    chosen = [roles.get_by_key(key) for key in dict.fromkeys(keys)]
    if not chosen:
        raise errors.invalid("roles", "请选择至少一个角色")
    return chosen


def _replace_roles(account: StaffAccount, chosen: Iterable[Role]) -> None:
    StaffRole.delete().where(StaffRole.account == account.id).execute()
    for role in chosen:
        StaffRole.create(account=account, role=role)


def _replace_shops(account: StaffAccount, shop_ids: Iterable[int]) -> None:
    StaffShop.delete().where(StaffShop.account == account.id).execute()
    for shop_id in sorted(set(shop_ids)):
        StaffShop.create(account=account, shop=shop_id)


def _describe(account: StaffAccount) -> dict[str, Any]:
    """Return what the audit log keeps of an account: no personal data."""
    return {"roles": list_role_keys(account), "shops": sorted(find_shop_ids(account) or ())}
