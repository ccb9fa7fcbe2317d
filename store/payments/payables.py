"""Payables: what a payment pays for. Each kind is a row in one table of functions, so nothing imports upwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from store.core import errors


def _no_facts(number: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class PayableFunctions:
    """What `payments` calls of a payable, each with its number.

    `due_fen` returns the money that is due, 0 for a payable that is paid or closed. `lock` locks the payable and
    what is locked before it. `take` takes the money of an attempt that succeeded, under that lock, and returns how
    much of `attempt.paid_fen` it took. It does not reject: the money has arrived, so what cannot be used is not taken.
    `facts` returns `shop_id`, where there is one.
    """

    due_fen: Callable[[str], int]
    take: Callable[[str, Any], int]
    lock: Callable[[str], Any]
    facts: Callable[[str], Mapping[str, Any]] = field(default=_no_facts)


_table: dict[str, PayableFunctions] = {}


def install(table: Mapping[str, PayableFunctions]) -> None:
    """Replace the table of payables of this process: kind to functions."""
    _table.clear()
    _table.update(table)


def get_functions(kind: str) -> PayableFunctions:
    """Return the functions of a kind of payable. Raises DomainError(invalid)."""
    if kind not in _table:
        raise errors.invalid("payable_kind", "不能为这类单据付款")
    return _table[kind]
