"""The variables of messages about refunds of stored value, read from their events."""

from collections.abc import Mapping

from store.core import money
from store.core.events import Event
from store.stored_value.refund_requests import StoredValueRefundRequest


def read_refund_granted(event: Event) -> Mapping[str, str]:
    """Return the amount that goes back, and what is said of a bonus that ends with it."""
    bonus_fen = event.properties["bonus_fen"]
    forfeited = f"，未用的赠金 {money.yuan(bonus_fen)}元作废" if bonus_fen else ""
    return {"金额": f"{money.yuan(event.properties['principal_fen'])}元", "作废说明": forfeited}


def read_refund_rejected(event: Event) -> Mapping[str, str]:
    """Return the answer to a rejected request."""
    row = StoredValueRefundRequest.get(StoredValueRefundRequest.number == event.properties["number"])
    return {"原因": row.answer}
