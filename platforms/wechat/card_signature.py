"""Signatures of cards for `wx.addCard`, and of pages for the JS-SDK.

The signature of wechatpy leaves out the card and the person, with which a phone rejects it.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass

NONCE_BYTES = 8


@dataclass(frozen=True)
class AddCardParameters:
    """The arguments of `wx.addCard`: `card_ext` is text, and signed."""

    card_id: str
    card_ext: str


def sign_card(
    *,
    ticket: str,
    card_id: str,
    timestamp: int,
    code: str = "",
    openid: str = "",
    reference: str = "",
    nonce: str = "",
) -> AddCardParameters:
    """Sign a card for a person with the ticket of cards. `reference` comes back with the event of its arrival.

    WeChat concatenates the signed values in their own order; the reference is not among them.
    """
    nonce = nonce or secrets.token_hex(NONCE_BYTES)
    signed = {"timestamp": str(timestamp), "nonce_str": nonce, "code": code, "openid": openid}
    text = "".join(sorted([ticket, card_id, *signed.values()]))
    given = {name: value for name, value in signed.items() if value}
    if reference:
        given["outer_str"] = reference
    # S324: WeChat prescribes SHA-1.
    given["signature"] = hashlib.sha1(text.encode()).hexdigest()  # noqa: S324
    return AddCardParameters(card_id, json.dumps(given, ensure_ascii=False, separators=(",", ":")))


def sign_page(*, appid: str, ticket: str, url: str, timestamp: int, nonce: str = "") -> dict[str, str]:
    """Sign the address of a page for the JS-SDK with the ticket of pages. The part behind `#` is left out."""
    nonce = nonce or secrets.token_hex(NONCE_BYTES)
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url.partition('#')[0]}"
    signature = hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 - WeChat prescribes SHA-1
    return {"appId": appid, "timestamp": str(timestamp), "nonceStr": nonce, "signature": signature}
