"""States of red packets, the outcomes that platforms name, and what their error codes mean for staff."""

from datetime import timedelta
from typing import Literal

TRANSITIONS = {
    "requested": {"sending", "failed"},
    "sending": {"sent", "received", "returned", "failed"},
    "sent": {"received", "returned", "failed"},
    "received": set(),
    "returned": set(),
    "failed": set(),
}
LIVE = ("requested", "sending", "sent")
STATE_LABELS = {
    "requested": "待发放", "sending": "发放中", "sent": "待领取", "received": "已领取", "returned": "已退回",
    "failed": "未发出",
}  # fmt: skip
WAYS = {"red_packet": "微信红包", "transfer": "商家转账"}
LIFETIME = timedelta(hours=24)  # not opened or confirmed in this time it goes back (platform rule)

# What the platform says about a number: it waits for the person, is on its way, or has ended.
Outcome = Literal["waiting", "processing", "received", "returned", "failed", "not_found"]
OUTCOMES = ("waiting", "processing", "received", "returned", "failed", "not_found")
_STATE_OF = {"waiting": "sent", "received": "received", "returned": "returned", "failed": "failed"}

# Codes without underscores and in capitals, as both interfaces of WeChat Pay write them.
SHORT_BALANCE = frozenset({"NOTENOUGH"})
TOMORROW = frozenset({"SENDNUMLIMIT", "SENDAMOUNTLIMIT", "RCVDAMOUNTLIMIT", "QUOTAEXCEED", "QUOTAEXCEEDED"})
REJECTED_FOR_GOOD = frozenset({"OPENIDERROR", "SENDFAILED"})
_EXPLANATIONS = {
    "NOTENOUGH": "商户号余额不足，充值后自动继续发放",
    "SENDNUMLIMIT": "该用户今天领取的红包个数已达微信上限，明天自动再发",
    "SENDAMOUNTLIMIT": "商户号今天发放的金额已达微信上限，明天自动再发",
    "RCVDAMOUNTLIMIT": "该用户今天领取的金额已达微信上限，明天自动再发",
    "QUOTAEXCEED": "商户号的转账额度已用完，明天自动再发",
    "QUOTAEXCEEDED": "商户号的转账额度已用完，明天自动再发",
    "OPENIDERROR": "openid 不属于发放的公众号，微信没有发出",
    "SENDFAILED": "微信发放失败，没有扣款",
    "NOAUTH": "微信判断用户账号有风险，或商户号没有开通红包；请核对后重试或放弃",
    "ILLEGALAPPID": "发放的公众号没有绑定到这个商户号，请绑定后重试",
    "MSGAPPIDERROR": "发放的公众号没有绑定到这个商户号，请绑定后重试",
    "APPIDMCHIDNOTMATCH": "发放的公众号没有绑定到这个商户号，请绑定后重试",
    "MONEYLIMIT": "金额不在商户号允许的范围内，请在商户平台调整后重试或放弃",
    "CAERROR": "商户证书不正确或已过期，请更换后重试",
    "SIGNERROR": "商户密钥不正确，请更换后重试",
    "FREQLIMIT": "发放过于频繁，稍后自动再发",
    "FREQUENCYLIMITED": "发放过于频繁，稍后自动再发",
    "OVERDUECLOSE": "用户没有在 24 小时内确认收款",
}


def next_state(state: str, outcome: str) -> str:
    """Return the state of a red packet after an outcome, the same state where nothing changes."""
    wanted = _STATE_OF.get(outcome, state)
    return wanted if wanted in TRANSITIONS[state] else state


def explain(code: str, message: str = "") -> str:
    """Return what a code means for staff: our sentence, or else that of the platform."""
    return _EXPLANATIONS.get(code) or message or (f"微信的错误码：{code}" if code else "")
