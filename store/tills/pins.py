"""PINs of cashiers: their form, and their hash with argon2id.

A million PINs are soon tried, so a PIN is keyed before it is hashed: the table alone does not allow to try them.
"""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from store.core import encryption, errors

LENGTH = 6
_PIN = re.compile(r"[0-9]{6}")
_DIGITS = "01234567890"
# The second profile of OWASP for argon2id: 19 MiB, so that 16 sign-ins at once fit into memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def check(pin: str) -> str:
    """Return a PIN that may be set. Raises DomainError(invalid) for another form and for the PINs tried first."""
    if not _PIN.fullmatch(pin):
        raise errors.invalid("pin", f"密码应为 {LENGTH} 位数字")
    if len(set(pin)) == 1 or pin in _DIGITS or pin in _DIGITS[::-1]:
        raise errors.invalid("pin", "密码过于简单，不能用相同或连续的数字")
    return pin


def hash_pin(pin: str, *, owner: str) -> str:
    """Return the hash of a PIN. `owner` is the number of the cashier."""
    return _HASHER.hash(_keyed(pin, owner))


def is_right(pin: str, pin_hash: str, *, owner: str) -> bool:
    """Return whether a PIN has this hash. Takes as long for an empty hash, which no PIN has."""
    if not pin_hash:
        _HASHER.hash(_keyed(pin, owner))
        return False
    try:
        return _HASHER.verify(pin_hash, _keyed(pin, owner))
    except (VerificationError, InvalidHashError):
        return False


def _keyed(pin: str, owner: str) -> str:
    return encryption.blind_index(f"{owner}:{pin}", purpose="cashier-pin")
