"""Terminals (终端): the tills of a shop, each with a secret that is shown once."""

import hashlib
import re
from dataclasses import dataclass, field

import peewee

from store.core import clock, encryption, errors, ids, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.shops import shops
from store.shops.shops import Shop
from store.tenants import audit

STATES = ("active", "disabled")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Terminal(Model):
    """`sign_in_version` counts what ends the sessions of the terminal: disabling it and a new secret."""

    code = peewee.CharField(max_length=40, unique=True)
    name = peewee.CharField(max_length=60)
    shop = peewee.ForeignKeyField(Shop)
    secret_hash = peewee.CharField(max_length=64)
    state = peewee.CharField(
        max_length=10, default="active", constraints=[peewee.Check(f"state IN {STATES}")]
    )
    sign_in_version = peewee.IntegerField(default=1)
    created_at = UtcDateTimeField(default=clock.now)


@dataclass(frozen=True)
class IssuedSecret:
    """A terminal with its secret `<tenant>.<random>`, which is empty if the terminal existed."""

    terminal: Terminal
    secret: str = field(repr=False)


@db.transactional
def add(*, code: str, name: str, shop: Shop) -> IssuedSecret:
    """Add a terminal and return it with its secret, which is shown only once.

    Idempotent by `code`: a repeat gets no secret. Raises DomainError(already_exists) if name or shop differ.
    """
    if not _CODE.fullmatch(code):
        raise errors.invalid("code", "终端编号应为 1–40 位字母、数字、下划线或连字符")
    name = input_limits.check_line(name.strip(), field="name", max_length=60) or code
    found = Terminal.find(code=code)
    if found is not None:
        errors.ensure_equal(
            f"终端 {code} ", ("name", "名称", found.name, name), ("shop", "门店", found.shop.code, shop.code)
        )
        return IssuedSecret(found, "")
    shop = shops.lock(shop)
    if shop.state == "closed":
        raise errors.DomainError("shop_closed", "门店已关店", 409)
    secret = _generate_secret()
    row = Terminal.create(code=code, name=name, shop=shop, secret_hash=hash_secret(secret))
    audit.record("terminals.add", f"terminal:{code}", after={"shop": shop.code})
    return IssuedSecret(row, secret)


@db.transactional
def renew_secret(terminal: Terminal) -> IssuedSecret:
    """Replace the secret of a terminal, which ends its sessions. A disabled terminal becomes active."""
    row, secret = lock(terminal.id), _generate_secret()
    before = row.state
    row.update_fields(
        secret_hash=hash_secret(secret), state="active", sign_in_version=row.sign_in_version + 1
    )
    audit.record("terminals.renew_secret", f"terminal:{row.code}", before={"state": before})
    return IssuedSecret(row, secret)


@db.transactional
def disable(terminal: Terminal) -> Terminal:
    """Block a terminal, which ends its sessions. Idempotent."""
    row = lock(terminal.id)
    if row.state != "disabled":
        row.update_fields(state="disabled", sign_in_version=row.sign_in_version + 1)
        audit.record("terminals.disable", f"terminal:{row.code}")
    return row


def get_by_code(code: str) -> Terminal:
    """Return a terminal. Raises DomainError(not_found)."""
    found = Terminal.find(code=code)
    if found is None:
        raise errors.not_found("该终端")
    return found


def find_by_id(terminal_id: int | None) -> Terminal | None:
    """Return the terminal of a row id, or None."""
    return None if terminal_id is None else Terminal.find(id=terminal_id)


def list_terminals() -> list[Terminal]:
    """Return all terminals by code, with their shops."""
    return list(Terminal.select(Terminal, Shop).join(Shop).order_by(Terminal.code))


def lock(terminal_id: int) -> Terminal:
    """Lock a terminal until the transaction ends."""
    found = Terminal.find(id=terminal_id, lock=True)
    if found is None:
        raise errors.not_found("该终端")
    return found


def verify_secret(*, code: str, secret: str) -> Terminal:
    """Return the active terminal of a code and secret. Raises the same DomainError for every mistake."""
    found = Terminal.find(code=code)
    right = encryption.constant_time_equal(found.secret_hash if found else "", hash_secret(secret))
    if found is None or not right or found.state != "active":
        raise errors.DomainError("terminal_unknown", "终端编号或密钥不正确，或终端已停用", 401)
    return found


def hash_secret(secret: str) -> str:
    """Return the hash under which a secret of 256 random bits is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _generate_secret() -> str:
    """Return a new secret. It names the tenant, so that a sign-in needs no further account."""
    return f"{db.current_tenant()}.{ids.token()}"
