"""Events of the card pack: what WeChat reports of the cards of a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "card_pass_check", "card_not_pass_check", "user_get_card", "user_del_card", "user_gifting_card",
    "user_view_card", "user_enter_session_from_card", "user_consume_card", "user_pay_from_pay_cell",
    "update_member_card", "submit_membercard_user_info", "card_sku_remind", "card_pay_order",
}  # fmt: skip
MAX_LENGTH = 128


@dataclass(frozen=True)
class CardEvent:
    """One event. `code` is the card of the person, `old_code` that of the giver of a gift.

    `is_returned` says that a gift came back, `is_restored` that a deleted card was taken again.
    """

    kind: str
    card_id: str
    code: str
    openid: str = field(repr=False)
    sent_at: int = 0
    unionid: str = ""
    reference: str = ""
    old_code: str = ""
    is_gift: bool = False
    is_returned: bool = False
    is_restored: bool = False
    reason: str = ""
    transaction_id: str = ""


def parse(kind: str, fields: Mapping[str, Any], *, sender: str, sent_at: int) -> CardEvent:
    """Return the event of a push of one of `KINDS`."""
    is_gift = _text(fields, "IsGiveByFriend") == "1"
    return CardEvent(
        kind=kind, card_id=_text(fields, "CardId"), code=_text(fields, "UserCardCode") or _text(fields, "CardCode"),
        openid=sender, sent_at=sent_at, unionid=_text(fields, "UnionId"), reference=_text(fields, "OuterStr"),
        old_code=_text(fields, "OldUserCardCode") if is_gift else "", is_gift=is_gift,
        is_returned=_text(fields, "IsReturnBack") == "1",
        is_restored=_text(fields, "IsRestoreMemberCard") == "1", reason=_text(fields, "RefuseReason"),
        transaction_id=_text(fields, "TransId"),
    )  # fmt: skip


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value[:MAX_LENGTH] if isinstance(value, str) else ""
