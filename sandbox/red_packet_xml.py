"""The XML of red packets (API v2): requests with their MD5 signature and their rules, and answers."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta, timezone
from typing import Any

from sandbox import message_xml
from sandbox.payouts import Payout, PayoutError, PayoutRequest
from sandbox.wechat_pay_merchants import Merchant

BEIJING = timezone(timedelta(hours=8))
LENGTHS = {"send_name": 32, "act_name": 32, "wishing": 128, "remark": 256}
SEND_FIELDS = {
    "nonce_str", "sign", "mch_billno", "mch_id", "wxappid", "re_openid", "total_amount", "total_num", "client_ip",
    *LENGTHS,
}  # fmt: skip
QUERY_FIELDS = {"nonce_str", "sign", "mch_billno", "mch_id", "appid", "bill_type"}
STATES = {"waiting": "SENT", "received": "RECEIVED", "returned": "REFUND"}
_NUMBER = re.compile(r"[0-9A-Za-z]{1,28}")


def sign(fields: dict[str, Any], key: str) -> str:
    """Return the signature of fields: MD5 over those that are not empty, by name, and the key."""
    filled = sorted((name, value) for name, value in fields.items() if name != "sign" and value != "")
    text = "&".join(f"{name}={value}" for name, value in filled) + f"&key={key}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def verify(fields: dict[str, Any], merchant: Merchant, names: set[str]) -> None:
    """Check the names of the fields and the signature. Raises PayoutError."""
    missing = names - fields.keys()
    unknown = fields.keys() - names - {"scene_id"}
    if missing or unknown:
        raise PayoutError("PARAM_ERROR", f"参数错误：{sorted(missing or unknown)[0]}")
    if any(value == "" for value in fields.values()):
        raise PayoutError("PARAM_ERROR", "参数不能为空")
    if not secrets.compare_digest(str(fields["sign"]), sign(fields, merchant.api_v2_key)):
        raise PayoutError("SIGN_ERROR", "签名错误")
    if not _NUMBER.fullmatch(fields["mch_billno"]):
        raise PayoutError("PARAM_ERROR", "mch_billno 应为不超过 28 位的字母和数字")


def to_request(fields: dict[str, Any]) -> PayoutRequest:
    """Return what a merchant asks for. Raises PayoutError."""
    for name, length in LENGTHS.items():
        if len(fields[name]) > length:
            raise PayoutError("PARAM_ERROR", f"{name} 超过 {length} 个字")
    if fields["total_num"] != "1" or not fields["total_amount"].isdigit():
        raise PayoutError("PARAM_ERROR", "total_num 应为 1，total_amount 应为整数")
    return PayoutRequest(
        "red_packet", fields["mch_billno"], fields["wxappid"], fields["re_openid"], int(fields["total_amount"]),
        fields["send_name"], fields["act_name"], fields["wishing"], fields.get("scene_id", ""),
    )  # fmt: skip


def success_of_send(payout: Payout) -> str:
    """Return the answer to a red packet that was sent."""
    request = payout.request
    return _success(
        {
            "mch_billno": request.number, "mch_id": payout.merchant_id, "wxappid": request.app_id,
            "re_openid": request.openid, "total_amount": request.amount_fen, "send_listid": payout.platform_number,
        }
    )  # fmt: skip


def success_of_query(payout: Payout) -> str:
    """Return the answer to a query: the state, and who received it when."""
    request = payout.request
    fields: dict[str, Any] = {
        "mch_billno": request.number, "mch_id": payout.merchant_id, "detail_id": payout.platform_number,
        "status": STATES[payout.state], "send_type": "API", "hb_type": "NORMAL", "total_num": 1,
        "total_amount": request.amount_fen, "send_time": _to_text(payout.created_at), "act_name": request.title,
        "wishing": request.wishing,
    }  # fmt: skip
    if payout.state == "received":
        info = {
            "openid": request.openid, "amount": request.amount_fen,
            "rcv_time": _to_text(payout.ended_at or payout.created_at),
        }  # fmt: skip
        fields["hblist"] = {"hbinfo": info}
    elif payout.state == "returned":
        fields |= {
            "refund_time": _to_text(payout.ended_at or payout.created_at),
            "refund_amount": request.amount_fen,
        }
    return _success(fields)


def failure(code: str, message: str) -> str:
    """Return a rejection."""
    return message_xml.write(
        {
            "return_code": "SUCCESS", "return_msg": message, "result_code": "FAIL", "err_code": code,
            "err_code_des": message,
        }
    )  # fmt: skip


def _success(fields: dict[str, Any]) -> str:
    head = {"return_code": "SUCCESS", "return_msg": "OK", "result_code": "SUCCESS", "err_code": "SUCCESS"}
    return message_xml.write({**head, "err_code_des": "OK", **fields})


def _to_text(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, BEIJING):%Y-%m-%d %H:%M:%S}"
