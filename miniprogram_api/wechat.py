"""What WeChat vouches for: who opened the mini-program, and which phone is theirs."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

import accounts
from platforms import errors
from platforms.wechat_miniprogram import Login
from store.company.channels import Channel
from store.kernel.refusals import Refused

log = structlog.get_logger("wechat")

_SPENT = {40029, 40163}
_RISKY = 40226


def login(channel: Channel, code: str) -> Login:
    """Who the code of `wx.login` stands for; raises Refused in the customer's words."""
    with _told_plainly():
        return accounts.miniprogram(channel).login(code)


def phone(channel: Channel, code: str) -> str:
    """The phone, in E.164, behind the code of the phone button; raises Refused in the customer's words."""
    if channel.kind != "wechat_miniprogram":
        raise Refused("not_a_miniprogram", "请在小程序内使用手机号快捷登录", 409)
    with _told_plainly():
        return accounts.miniprogram(channel).phone(code)


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except errors.Refused as no:
        log.warning("wechat_refused", code=no.code, reason=no.message)
        if no.code in _SPENT:
            raise Refused("code_invalid", "微信凭证已失效，请重试", 422, field="code") from None
        if no.code == _RISKY:
            raise Refused("risky", "微信认为当前环境有风险，暂时不能登录", 403) from None
        raise Refused("wechat_refused", "微信登录暂不可用，请稍后再试", 503, retry_after_s=60) from None
    except errors.PlatformError as doubt:
        log.warning("wechat_unknown", code=doubt.code, reason=doubt.message)
        raise Refused("wechat_unknown", "微信没有及时应答，请重试", 503, retry_after_s=2) from None
