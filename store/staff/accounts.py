"""Staff accounts (用户账号): login, password, roles and the shops whose data an account sees."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import peewee

from store.core import clock, errors, listing
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.shops.shops import Shop
from store.staff import attempts, passwords, rights
from store.staff.roles import Role
from store.tenants import audit

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,29}")


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


_SORTS = {
    "login": StaffAccount.login,
    "nickname": StaffAccount.nickname,
    "created_at": StaffAccount.created_at,
}


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


@dataclass(frozen=True)
class AccountFilter:
    """`search` is a part of login or nickname, `role` a key. `shop_ids` lists accounts that see no other shops."""

    search: str = ""
    state: str | None = None
    role: str | None = None
    shop_ids: frozenset[int] | None = None


@db.transactional
def set_password(account: StaffAccount, *, password: str) -> StaffAccount:
    """Set the password of an account and forget its wrong attempts. Sessions stay: see `sessions.end_all`."""
    row = lock(account.id)
    passwords.check(password, login=row.login)
    row.update_fields(password_hash=passwords.hash_password(password), must_change_password=False)
    attempts.forget(row.login)
    audit.record("staff.set_password", subject_of(row))
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


def list_accounts(criteria: AccountFilter, page: Page) -> tuple[list[StaffAccount], int]:
    """Return a page of accounts and the number of all."""
    query = StaffAccount.select()
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return listing.read_page(query, page, sorts=_SORTS, default="login", id_field=StaffAccount.id)


def list_all() -> list[StaffAccount]:
    """Return all accounts by login."""
    return list(StaffAccount.select().order_by(StaffAccount.login))


def read_names(logins: Iterable[str | None]) -> dict[str | None, str]:
    """Return the nicknames of accounts by login. An account without a nickname is left out."""
    query = StaffAccount.select(StaffAccount.login, StaffAccount.nickname).where(
        StaffAccount.login.in_(sorted({login for login in logins if login})), StaffAccount.nickname != ""
    )
    return {row.login: row.nickname for row in query}


def list_logins_within(shop_ids: frozenset[int] | None) -> list[str] | None:
    """Return the logins of the accounts that see no other than these shops, or None for all shops."""
    if shop_ids is None:
        return None
    query = StaffAccount.select()
    for condition in _list_conditions(AccountFilter(shop_ids=shop_ids)):
        query = query.where(condition)
    return [row.login for row in query]


def is_within(account: StaffAccount, shop_ids: frozenset[int] | None) -> bool:
    """Return whether all data that an account sees is of these shops, of which None means all."""
    seen = find_shop_ids(account)
    return shop_ids is None or (seen is not None and seen <= shop_ids)


def read_rights(account: StaffAccount) -> frozenset[str]:
    """Return the rights of all roles of an account."""
    return rights.expand(list_granted(account))


def list_granted(account: StaffAccount) -> list[str]:
    """Return the rights as the roles of an account name them: `*` means all."""
    return [right for role in list_roles_of(account) for right in role.rights]


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


def _list_conditions(criteria: AccountFilter) -> Iterator[Any]:
    if criteria.search:
        yield StaffAccount.login.contains(criteria.search) | StaffAccount.nickname.contains(criteria.search)
    if criteria.state is not None:
        yield StaffAccount.state == criteria.state
    if criteria.role is not None:
        named = StaffRole.select(StaffRole.account).join(Role).where(Role.key == criteria.role)
        yield StaffAccount.id.in_(named)
    if criteria.shop_ids is not None:
        seen = StaffShop.select(StaffShop.account)
        yield StaffAccount.id.in_(seen)
        yield StaffAccount.id.not_in(seen.where(StaffShop.shop.not_in(sorted(criteria.shop_ids))))
