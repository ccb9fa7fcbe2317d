"""A cursor (翻页凭据): where a page of a ledger ended, sealed, because row numbers count the tenant's business."""

from store.core import encryption
from store.core.errors import invalid

_TO_URL, _FROM_URL = str.maketrans("+/", "-_"), str.maketrans("-_", "+/")


def encode(ledger: str, row_id: int) -> str:
    """The cursor of a row; `ledger` names whose it is, and no other opens with it."""
    return encryption.encrypt(str(row_id), context=f"cursor.{ledger}").translate(_TO_URL)


def decode(ledger: str, cursor: str) -> int:
    """The row behind a cursor; rejects one that is made up or another ledger's."""
    try:
        return int(encryption.decrypt(cursor.translate(_FROM_URL), context=f"cursor.{ledger}"))
    except encryption.DecryptionError:
        raise invalid("cursor", "请从第一页重新翻起") from None
