"""What WeChat vouches for: who opened the mini-program, and which phone is theirs."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

import platform_clients
from platforms import errors as platforms_errors
from platforms.wechat.mini_program import Login
from store.core.errors import DomainError
from store.tenants.channels import Channel

log = structlog.get_logger("wechat")

_CODE_USED = {40029, 40163}
_RISKY_USER = 40226


def exchange_login_code(channel: Channel, code: str) -> Login:
    """Exchange the code of `wx.login` for a login. Raises DomainError with a sentence for the customer."""
    with _translate_errors():
        return platform_clients.mini_program_client(channel).login(code)


def exchange_phone_code(channel: Channel, code: str) -> str:
    """Exchange the code of the phone button for a phone in E.164. Raises DomainError with a sentence."""
    if channel.kind != "wechat_miniprogram":
        raise DomainError("not_a_miniprogram", "请在小程序内使用手机号快捷登录", 409)
    with _translate_errors():
        return platform_clients.mini_program_client(channel).get_phone_number(code)


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except platforms_errors.PlatformRejectedError as no:
        log.warning("wechat_refused", code=no.code, reason=no.message)
        if no.code in _CODE_USED:
            raise DomainError("code_invalid", "微信凭证已失效，请重试", 422, field="code") from None
        if no.code == _RISKY_USER:
            raise DomainError("risky", "微信认为当前环境有风险，暂时不能登录", 403) from None
        raise DomainError("wechat_refused", "微信登录暂不可用，请稍后再试", 503, retry_after_s=60) from None
    except platforms_errors.PlatformError as doubt:
        log.warning("wechat_unknown", code=doubt.code, reason=doubt.message)
        raise DomainError("wechat_unknown", "微信没有及时应答，请重试", 503, retry_after_s=2) from None
