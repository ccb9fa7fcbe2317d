"""Error codes of WeChat, their messages for staff and their exceptions."""

import re
from collections.abc import Mapping
from typing import Any

from platforms.errors import OutcomeUnknownError, PlatformRejectedError

PLATFORM = "wechat"

SYSTEM_BUSY = -1
STALE_TOKEN_CODES = {40001, 40014, 42001}
NO_MENU = 46003
NOT_WHITELISTED = 40164
DAILY_QUOTA_EXCEEDED = 45009
# Rejections that end by themselves or by what staff change on the platform. All others repeat for sure.
TEMPORARY_CODES = STALE_TOKEN_CODES | {NOT_WHITELISTED, DAILY_QUOTA_EXCEEDED, 40125, 40243, 43108, 45011}

_IP_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")

MESSAGES = {
    40001: "access_token 无效",
    40003: "openid 不正确",
    40013: "AppID 不正确",
    40018: "菜单名称太长或不合法",
    40029: "code 无效或已过期",
    40037: "模板 ID 不正确",
    40056: "卡券 Code 不存在",
    40078: "卡券的状态不允许这样操作",
    40080: "卡券签名不正确",
    40116: "卡券 Code 不正确",
    40125: "AppSecret 不正确",
    40127: "用户的卡已删除、转赠或失效",
    40163: "code 已经用过",
    40164: "服务器 IP 不在白名单",
    40165: "小程序页面路径不正确",
    40226: "微信认为该用户有风险，拒绝登录",
    40243: "AppSecret 已被冻结",
    41030: "页面路径不正确",
    43004: "用户没有关注该账号",
    43101: "用户没有订阅，或次数已用完",
    43107: "该账号的订阅消息能力已被封禁",
    43108: "正在给该用户发送另一条消息",
    43116: "该模板因滥用过多，已被限制下发",
    45009: "今天的接口调用次数已用完",
    45011: "调用太频繁",
    45015: "用户太久没有互动，不能再发客服消息",
    45047: "用户再次互动之前，客服消息条数已用完",
    45168: "内容含有微信不允许的词",
    46003: "还没有发布菜单",
    45021: "有字段超过了微信允许的长度",
    45030: "该卡券没有这个接口的权限",
    45033: "用户领取的张数已到上限",
    47003: "模板参数不正确",
    48001: "该账号没有这个接口的权限",
    50002: "该账号的接口权限受限",
}


def get_error_code(response: Mapping[str, Any]) -> int:
    """Return the errcode of a response, or 0 if it has none.

    Raises OutcomeUnknownError if it is not a number.
    """
    code = response.get("errcode", 0)
    if isinstance(code, str) and code.lstrip("-").isdecimal() and len(code) < 12:
        code = int(code)
    if not isinstance(code, int):
        raise OutcomeUnknownError(PLATFORM, "unreadable", "微信应答无法识别")
    return code


def raise_for_error(response: Mapping[str, Any]) -> None:
    """Raise PlatformRejectedError if WeChat rejected the call, OutcomeUnknownError if it was too busy."""
    code = get_error_code(response)
    if code == SYSTEM_BUSY:
        # The platform asks to repeat the call: it did nothing.
        raise OutcomeUnknownError(PLATFORM, SYSTEM_BUSY, "微信系统繁忙", perhaps_sent=False)
    if code:
        raise PlatformRejectedError(PLATFORM, code, _describe(code, str(response.get("errmsg", ""))))


def _describe(code: int, errmsg: str) -> str:
    meaning = MESSAGES.get(code) or errmsg
    address = _IP_ADDRESS.search(errmsg) if code == NOT_WHITELISTED else None
    return f"{meaning}：{address[0]}" if address else meaning
