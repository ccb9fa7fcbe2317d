"""Passwords of staff: the rules, and the hash with argon2id."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from store.core import errors, input_limits

MIN_LENGTH, MAX_LENGTH = 10, 128
# The second profile of OWASP for argon2id: 19 MiB, so that 16 sign-ins at once fit into memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Passwords of ten and more characters that lists of leaked passwords begin with.
_COMMON = frozenset((
    "1234567890", "0123456789", "0987654321", "12345678910", "123456789a", "a123456789", "1q2w3e4r5t", "qwertyuiop",
    "q1w2e3r4t5", "1qaz2wsx3edc", "password12", "password123", "password1234", "password2026", "passw0rd123",
    "administrator", "admin12345", "admin123456", "qwerty12345", "qwerty123456", "woaini1314", "woaini520",
    "5201314520", "iloveyou123", "abcdefghij", "abc1234567", "abcd123456", "zxcvbnm123", "asdfghjkl1", "1qazxsw23edc",
    "xiaoer12345",
))  # fmt: skip


def check(password: str, *, login: str) -> str:
    """Return a password that may be set. Raises DomainError(invalid) with the rule that it breaks."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH or not input_limits.is_storable_text(password):
        raise errors.invalid("password", f"密码应为 {MIN_LENGTH}–{MAX_LENGTH} 个字符")
    plain = password.casefold()
    if login and login.casefold() in plain and len(plain) < 2 * len(login) + MIN_LENGTH:
        raise errors.invalid("password", "密码不能含有账号")
    if len(set(plain)) < 4 or plain in _COMMON:
        raise errors.invalid("password", "密码过于常见，请换一个")
    return password


def hash_password(password: str) -> str:
    """Return the hash of a password."""
    return _HASHER.hash(password)


def is_right(password: str, password_hash: str) -> bool:
    """Return whether a password has this hash. Takes as long for an empty hash, which no password has."""
    if not password_hash:
        _HASHER.hash(password[:MAX_LENGTH])
        return False
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
