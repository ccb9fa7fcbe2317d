"""Cursors (翻页凭据): the encrypted position where a page ended, as row ids would reveal the volume of business."""

from store.core import encryption
from store.core.errors import invalid

_TO_URL, _FROM_URL = str.maketrans("+/", "-_"), str.maketrans("-_", "+/")


def encode(ledger: str, row_id: int) -> str:
    """Encode the position of a row. Only the same `ledger` can decode it."""
    return encryption.encrypt(str(row_id), context=f"cursor.{ledger}").translate(_TO_URL)


def decode(ledger: str, cursor: str) -> int:
    """Decode a cursor to a row id. Raises DomainError(invalid) for a forged cursor or one of another ledger."""
    try:
        return int(encryption.decrypt(cursor.translate(_FROM_URL), context=f"cursor.{ledger}"))
    except encryption.DecryptionError:
        raise invalid("cursor", "请从第一页重新翻起") from None
