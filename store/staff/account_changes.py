"""Changes of staff accounts: add, change, disable, enable.

`by` is the account that changes another one, None for an operator. It gives no rights that it does not have, and
changes no account with more rights or more shops than its own.
"""

import re
from collections.abc import Iterable
from typing import Any

from store.core import errors, ids, input_limits
from store.core.database import db
from store.shops.shops import Shop
from store.staff import accounts, rights, roles, sessions
from store.staff.accounts import StaffAccount, StaffRole, StaffShop
from store.staff.roles import Role
from store.tenants import audit

_PHONE = re.compile(r"\+?[0-9][0-9 -]{4,19}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@db.transactional
def add(
    *,
    login: str,
    role_keys: Iterable[str],
    nickname: str = "",
    phone: str | None = None,
    email: str | None = None,
    shops: Iterable[Shop] = (),
    by: StaffAccount | None = None,
) -> StaffAccount:
    """Add an account without a password, which its owner chooses by a sign-in link. Idempotent by `login`.

    Raises DomainError: already_exists if roles or shops differ, right_not_held, shop_not_held.
    """
    db.advisory_lock("staff_accounts")
    login = accounts.normalize_login(login)
    roles.ensure_builtin()
    chosen, scope = _get_roles(role_keys), {shop.id: shop for shop in shops}
    values = _check_person(nickname=nickname, phone=phone, email=email)
    _ensure_may_give(by, chosen, scope)
    found = StaffAccount.find(login=login)
    if found is not None:
        errors.ensure_equal(
            f"账号 {login} ", ("roles", "角色", accounts.list_role_keys(found), sorted(row.key for row in chosen)),
            ("shops", "门店", sorted(accounts.find_shop_ids(found) or ()), sorted(scope)),
        )  # fmt: skip
        return found
    row = StaffAccount.create(public_id=ids.public_id("sta_"), login=login, **values)
    _replace_roles(row, chosen)
    _replace_shops(row, scope)
    audit.record("staff.add", accounts.subject_of(row), after=_describe(row))
    return row


@db.transactional
def change(
    account: StaffAccount,
    *,
    role_keys: Iterable[str] | None = None,
    shops: Iterable[Shop] | None = None,
    person: dict[str, str | None] | None = None,
    by: StaffAccount | None = None,
) -> StaffAccount:
    """Change roles, shops or `person` (nickname, phone, email) of an account, of which None stays. Idempotent.

    New rights and shops count from the next request. Raises DomainError: right_not_held, shop_not_held, last_admin.
    """
    row = _lock_for_change(account, by)
    before = _describe(row)
    chosen = accounts.list_roles_of(row) if role_keys is None else _get_roles(role_keys)
    scope = accounts.find_shop_ids(row) or frozenset() if shops is None else {shop.id for shop in shops}
    _ensure_may_give(by, chosen, scope)
    after = {"roles": sorted(role.key for role in chosen), "shops": sorted(scope)}
    if after != before:
        _replace_roles(row, chosen)
        _replace_shops(row, scope)
        _ensure_admin(before["roles"])
    changed = _change_person(row, person or {})
    if changed or after != before:
        audit.record(
            "staff.change", accounts.subject_of(row), before=before, after={**after, "changed": changed}
        )
    return row


@db.transactional
def disable(account: StaffAccount, *, by: StaffAccount | None = None) -> StaffAccount:
    """Disable an account, which ends its sessions. Idempotent.

    Raises DomainError: last_admin for the last active account with all rights, own_account.
    """
    row = _lock_for_change(account, by)
    if by is not None and by.id == row.id:
        raise errors.DomainError("own_account", "不能停用自己的账号")
    if row.state == "active":
        row.update_fields(state="disabled")
        _ensure_admin(accounts.list_role_keys(row))
        sessions.end_all(row)
        audit.record("staff.disable", accounts.subject_of(row))
    return row


@db.transactional
def enable(account: StaffAccount, *, by: StaffAccount | None = None) -> StaffAccount:
    """Enable a disabled account. Idempotent."""
    row = _lock_for_change(account, by)
    if row.state == "disabled":
        row.update_fields(state="active")
        audit.record("staff.enable", accounts.subject_of(row))
    return row


def ensure_may_manage(by: StaffAccount | None, account: StaffAccount) -> None:
    """Raise DomainError if `by` must not change an account: not_found of other shops, right_not_held of more rights."""
    if by is None:
        return
    if not accounts.is_within(account, accounts.find_shop_ids(by)):
        raise errors.not_found("该账号")
    rights.ensure_within(accounts.list_granted(account), accounts.list_granted(by))


def _lock_for_change(account: StaffAccount, by: StaffAccount | None) -> StaffAccount:
    """Lock an account. Without the lock of all, two admins could disable each other at once."""
    db.advisory_lock("staff_accounts")
    row = accounts.lock(account.id)
    ensure_may_manage(by, row)
    return row


def _ensure_may_give(by: StaffAccount | None, chosen: Iterable[Role], shop_ids: Iterable[int]) -> None:
    if by is None:
        return
    rights.ensure_within((right for role in chosen for right in role.rights), accounts.list_granted(by))
    own, given = accounts.find_shop_ids(by), frozenset(shop_ids)
    if own is not None and (not given or not given <= own):
        raise errors.DomainError("shop_not_held", "请在您负责的门店中选择", 403, field="shops")


def _ensure_admin(earlier_roles: Iterable[str]) -> None:
    """Raise DomainError(last_admin) if an account with these roles was the last active one with all rights."""
    if roles.ADMIN not in earlier_roles:
        return
    admins = StaffRole.select().join(StaffAccount).switch(StaffRole).join(Role).where(Role.key == roles.ADMIN)
    if not admins.where(StaffAccount.state == "active").exists():
        raise errors.DomainError("last_admin", "至少要保留一个可用的超级管理员")


def _change_person(row: StaffAccount, person: dict[str, str | None]) -> list[str]:
    """Write the changed values of a person and return their names."""
    known = {"nickname": row.nickname, "phone": row.phone, "email": row.email}
    values = _check_person(**{**known, **person})
    changed = sorted(name for name, value in values.items() if value != known[name])
    if changed:
        row.update_fields(**{name: values[name] for name in changed})
    return changed


def _check_person(*, nickname: str | None, phone: str | None, email: str | None) -> dict[str, Any]:
    phone, email = (phone or "").strip() or None, (email or "").strip() or None
    if phone and not _PHONE.fullmatch(phone):
        raise errors.invalid("phone", "手机号格式不正确")
    if email and (
        len(email) > 100 or not _EMAIL.fullmatch(email) or not input_limits.is_storable_text(email)
    ):
        raise errors.invalid("email", "邮箱格式不正确")
    nickname = input_limits.check_line((nickname or "").strip(), field="nickname", max_length=30)
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
    return {"roles": accounts.list_role_keys(account), "shops": sorted(accounts.find_shop_ids(account) or ())}
