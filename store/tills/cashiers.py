"""Cashiers (收银员): their PINs, their rights, and the approval of an action by a manager's PIN.

Five wrong PINs lock a cashier for 15 minutes. Every attempt is counted before its PIN is checked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import peewee

from store.core import clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import EncryptedField, JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.shops.shops import Shop
from store.tenants import audit
from store.tills import pins

MAX_ATTEMPTS = 5
LOCK_S = 15 * 60
RIGHTS = {
    "sell": "收银",
    "lower_price": "改价",
    "round_down": "抹零",
    "refund": "退款",
    "top_up": "充值",
    "adjust_points": "调整积分",
    "manager": "店长",
}
_NUMBER = re.compile(r"[A-Za-z0-9]{1,20}")
# The attempts at the own PIN, and those of a cashier at the PINs of managers.
_SIGN_IN, _APPROVAL = ("failed_attempts", "locked_until"), ("failed_approvals", "approvals_locked_until")


class Cashier(Model):
    """A cashier without a shop works in all shops. `sign_in_version` counts what ends the sessions of the cashier."""

    number = peewee.CharField(max_length=20, unique=True)
    name = EncryptedField(context="cashier.name")
    shop = peewee.ForeignKeyField(Shop, null=True)
    pin_hash = peewee.CharField(max_length=200)
    rights = JsonField(default=list)
    state = peewee.CharField(
        max_length=10, default="active", constraints=[peewee.Check("state IN ('active', 'disabled')")]
    )
    sign_in_version = peewee.IntegerField(default=1)
    failed_attempts = peewee.IntegerField(default=0)
    locked_until = UtcDateTimeField(null=True)
    failed_approvals = peewee.IntegerField(default=0)
    approvals_locked_until = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField(default=clock.now)


@dataclass(frozen=True)
class RightAuthorization:
    """A cashier may use a right. `manager_id` is the manager who approved, None for a right of the cashier's own."""

    right: str
    cashier_id: int
    manager_id: int | None = None


@db.transactional
def add(
    *, number: str, name: str, pin: str, rights: Iterable[str] = ("sell",), shop: Shop | None = None
) -> Cashier:
    """Add a cashier. Idempotent by `number`: a repeat leaves the PIN as it is.

    Raises DomainError(already_exists) if name, shop or rights differ.
    """
    if not _NUMBER.fullmatch(number):
        raise errors.invalid("number", "收银员编号应为 1–20 位字母或数字")
    name = input_limits.check_line(name.strip(), field="name", max_length=30)
    if not name:
        raise errors.invalid("name", "请填写姓名")
    chosen = _check_rights(rights)
    found = Cashier.find(number=number)
    if found is not None:
        errors.ensure_equal(
            f"收银员 {number} ", ("name", "姓名", found.name, name),
            ("shop", "门店", found.shop_id, shop.id if shop else None),
            ("rights", "权限", found.rights, chosen),
        )  # fmt: skip
        return found
    row = Cashier.create(
        number=number, name=name, shop=shop, rights=chosen, pin_hash=pins.hash_pin(pins.check(pin), owner=number)
    )  # fmt: skip
    _ensure_pin_of_one_manager(row, pin)
    audit.record("cashiers.add", f"cashier:{number}", after={"rights": chosen, "shop_id": row.shop_id})
    return row


@db.transactional
def set_pin(cashier: Cashier, *, pin: str) -> Cashier:
    """Set the PIN of a cashier, which unlocks and ends the sessions. Also activates a disabled cashier."""
    row = lock(cashier.id)
    _ensure_pin_of_one_manager(row, pins.check(pin))
    row.update_fields(
        pin_hash=pins.hash_pin(pin, owner=row.number), state="active", failed_attempts=0, locked_until=None,
        sign_in_version=row.sign_in_version + 1,
    )  # fmt: skip
    audit.record("cashiers.set_pin", f"cashier:{row.number}")
    return row


@db.transactional
def change_rights(cashier: Cashier, *, rights: Iterable[str]) -> Cashier:
    """Replace the rights of a cashier. Idempotent."""
    row, chosen = lock(cashier.id), _check_rights(rights)
    if row.rights != chosen:
        audit.record("cashiers.change_rights", f"cashier:{row.number}", before=row.rights, after=chosen)
        row.update_fields(rights=chosen)
    return row


@db.transactional
def disable(cashier: Cashier) -> Cashier:
    """Block a cashier, which ends the sessions. Idempotent."""
    row = lock(cashier.id)
    if row.state != "disabled":
        row.update_fields(state="disabled", sign_in_version=row.sign_in_version + 1)
        audit.record("cashiers.disable", f"cashier:{row.number}")
    return row


@db.transactional
def unlock(cashier: Cashier) -> Cashier:
    """Remove the lock and the counts after wrong PINs. Idempotent."""
    row = lock(cashier.id)
    if row.failed_attempts or row.failed_approvals:
        audit.record("cashiers.unlock", f"cashier:{row.number}")
        row.update_fields(
            failed_attempts=0, locked_until=None, failed_approvals=0, approvals_locked_until=None
        )
    return row


def get_by_number(number: str) -> Cashier:
    """Return a cashier. Raises DomainError(not_found)."""
    found = Cashier.find(number=number)
    if found is None:
        raise errors.not_found("该收银员")
    return found


def list_cashiers() -> list[Cashier]:
    """Return all cashiers by number, with their shops."""
    query = Cashier.select(Cashier, Shop).join(Shop, peewee.JOIN.LEFT_OUTER)
    return list(query.order_by(Cashier.number))


def read_names(cashier_ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of cashiers by their row ids, in one query."""
    wanted = sorted({cashier_id for cashier_id in cashier_ids if cashier_id is not None})
    return {row.id: row.name for row in Cashier.by_ids(wanted)}


def is_locked(cashier: Cashier) -> bool:
    """Return whether wrong PINs lock a cashier at the moment."""
    return cashier.locked_until is not None and cashier.locked_until > clock.now()


def has_right(cashier: Cashier, right: str) -> bool:
    """Return whether a cashier has a right. A manager has all."""
    return right in cashier.rights or "manager" in cashier.rights


def lock(cashier_id: int) -> Cashier:
    """Lock a cashier until the transaction ends."""
    found = Cashier.find(id=cashier_id, lock=True)
    if found is None:
        raise errors.not_found("该收银员")
    return found


def verify_pin(*, number: str, pin: str, shop_id: int) -> Cashier:
    """Return the active cashier of a number and PIN who works in a shop. Counts an attempt.

    An unknown number takes as long as a wrong PIN and is answered alike. Raises RuntimeError inside a transaction,
    whose rollback would undo the count.
    """
    db.ensure_outside_transaction()
    found = Cashier.find(number=number)
    if found is None:
        pins.is_right(pin, "", owner=number)
        raise _wrong_pin_error()
    counted = _count_attempt(found.id, _SIGN_IN)
    is_right = pins.is_right(pin, counted.pin_hash, owner=number)
    if not is_right or counted.state != "active" or counted.shop_id not in (None, shop_id):
        raise _wrong_pin_error()
    return _forget_attempts(found.id, _SIGN_IN)


def authorize(
    *, shop_id: int, cashier: Cashier, right: str, manager_pin: str | None = None
) -> RightAuthorization:
    """Return that a cashier may use a right, by the own right or by the PIN of a manager of the shop.

    The approval is audited. Wrong PINs count against the cashier who asks. Raises DomainError(manager_required)
    without a PIN, and RuntimeError inside a transaction.
    """
    if has_right(cashier, right):
        return RightAuthorization(right=right, cashier_id=cashier.id)
    if manager_pin is None:
        raise errors.DomainError(
            "manager_required", f"您没有“{RIGHTS[right]}”权限，请店长输入密码", 403, right=right
        )
    db.ensure_outside_transaction()
    counted = _count_attempt(cashier.id, _APPROVAL)
    manager = _find_manager(shop_id, manager_pin)
    if manager is None:
        left = MAX_ATTEMPTS - counted.failed_approvals
        raise errors.DomainError("manager_pin_wrong", f"店长密码不正确，还可尝试 {left} 次", 403, left=left)
    _record_approval(cashier, right, manager, shop_id)
    return RightAuthorization(right=right, cashier_id=cashier.id, manager_id=manager.id)


@db.transactional
def _record_approval(cashier: Cashier, right: str, manager: Cashier, shop_id: int) -> None:
    _forget_attempts(cashier.id, _APPROVAL)
    approval = {"right": right, "manager": manager.number, "shop_id": shop_id}
    audit.record("cashiers.authorize", f"cashier:{cashier.number}", after=approval)


@db.transactional
def _count_attempt(cashier_id: int, columns: tuple[str, str]) -> Cashier:
    """Count an attempt and return the cashier. The last one locks, until it proves to be right.

    Without the row's lock concurrent attempts would read the same count and all be checked.
    """
    count_column, until_column = columns
    row = lock(cashier_id)
    until = getattr(row, until_column)
    if until is not None and until > clock.now():
        left_s = max(1, round((until - clock.now()).total_seconds()))
        message = f"密码错误次数过多，请 {-(-left_s // 60)} 分钟后再试"
        raise errors.DomainError("pin_locked", message, 429, retry_after_s=left_s)
    count = 1 if until is not None else getattr(row, count_column) + 1
    until = clock.now() + timedelta(seconds=LOCK_S) if count >= MAX_ATTEMPTS else None
    row.update_fields(**{count_column: count, until_column: until})
    return row


@db.transactional
def _forget_attempts(cashier_id: int, columns: tuple[str, str]) -> Cashier:
    row = lock(cashier_id)
    row.update_fields(**{columns[0]: 0, columns[1]: None})
    return row


def _find_manager(shop_id: int, pin: str) -> Cashier | None:
    return next(
        (row for row in _list_managers(shop_id) if pins.is_right(pin, row.pin_hash, owner=row.number)), None
    )


def _list_managers(shop_id: int | None) -> list[Cashier]:
    """Return the active managers of a shop, or of any shop without one, by number."""
    query = Cashier.select().where(Cashier.state == "active")
    if shop_id is not None:
        query = query.where(Cashier.shop.is_null() | (Cashier.shop == shop_id))
    return [row for row in query.order_by(Cashier.number) if "manager" in row.rights]


def _ensure_pin_of_one_manager(cashier: Cashier, pin: str) -> None:
    """Reject a PIN that another manager uses: an approval would be recorded in the wrong name."""
    if "manager" not in cashier.rights:
        return
    for other in _list_managers(cashier.shop_id):
        if other.id != cashier.id and pins.is_right(pin, other.pin_hash, owner=other.number):
            raise errors.invalid("pin", "请换一个密码")


def _check_rights(rights: Iterable[str]) -> list[str]:
    chosen = set(rights)
    if not chosen or not chosen <= RIGHTS.keys():
        raise errors.invalid("rights", f"权限应为 {'、'.join(RIGHTS)} 中的一项或几项")
    return [right for right in RIGHTS if right in chosen]


def _wrong_pin_error() -> errors.DomainError:
    return errors.DomainError("pin_wrong", "收银员编号或密码不正确", 401)
