"""Arguments of red packets: the rival's, wherever an operation takes one."""

from types import SimpleNamespace
from typing import Any

from store.red_packets.red_packet_list import RedPacketFilter


def red_packets_of_other_tenant(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Return the arguments by operation."""
    packet = rival.red_packet
    asked = {
        "customer": rival.customer, "amount_fen": 100, "purpose": "draw", "key": packet.key, "title": "对门",
        "wishing": "对门", "public_id": packet.public_id, "number": packet.number, "packet": packet,
        "account": packet.account, "account_id": packet.account_id, "merchant_key": rival.merchant.key,
        "merchant": rival.merchant, "until": packet.sent_at, "reason": "对门", "lease": packet.sent_at.isoformat(),
        "outcome": "received", "code": "SYSTEMERROR", "message": "", "packets": [packet],
        "criteria": RedPacketFilter(search=packet.number), "shop_ids": frozenset({rival.shop.id}),
    }  # fmt: skip
    verbs = {
        "red_packets": ("request", "get", "get_by_public_id", "find_by_key", "get_own", "read_page", "lock",
                        "get_position"),
        "accounts": ("save", "pause", "end_pause", "get", "get_by_merchant", "choose", "find_missing_secret"),
        "sending": ("is_current", "next_action", "begin", "next_retry", "is_rejected_for_good"),
        "results": ("record_answer", "record_unknown", "record_rejection", "record_failure"),
        "staff_actions": ("send", "retry", "give_up"),
        "red_packet_list": ("list_page", "count_packets", "iterate_packets", "read_members", "ensure_seen"),
    }  # fmt: skip
    return {f"red_packets.{module}.{verb}": asked for module, names in verbs.items() for verb in names}
