"""Cursors (翻页凭据): the encrypted position where a page ended, as row ids would reveal the volume of business."""

import json
from datetime import UTC, datetime
from typing import Any

from store.core import encryption
from store.core.errors import invalid
from store.core.keyset import Position

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


def encode_position(name: str, position: Position) -> str:
    """Encode the sort keys of the last row of a page. Only the same list can decode them."""
    text = json.dumps(position, default=_encode_moment)
    return encryption.encrypt(text, context=f"cursor.{name}").translate(_TO_URL)


def decode_position(name: str, cursor: str) -> Position:
    """Decode a cursor to sort keys. Raises DomainError(invalid) for a forged cursor or one of another list."""
    try:
        text = encryption.decrypt(cursor.translate(_FROM_URL), context=f"cursor.{name}")
    except encryption.DecryptionError:
        raise invalid("after", "请从第一页重新翻起") from None
    return tuple(_decode_moment(value) for value in json.loads(text))


def _encode_moment(value: Any) -> dict[str, str]:
    if not isinstance(value, datetime):
        raise TypeError(f"no sort key: {type(value).__name__}")
    return {"at": value.astimezone(UTC).isoformat()}


def _decode_moment(value: Any) -> Any:
    return datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value
