"""What Alipay vouches for: who opened the mini-program."""

import structlog

import platform_clients
from platforms import errors as platforms_errors
from platforms.alipay.person import AlipayPerson
from store.core.errors import DomainError
from store.tenants.channels import Channel

log = structlog.get_logger("alipay")

_CODE_USED = {"40002", "40004", "isv.code-invalid"}


def exchange_auth_code(channel: Channel, code: str) -> AlipayPerson:
    """Exchange the code of `my.getAuthCode` for a person. Raises DomainError with a sentence for the customer."""
    try:
        return platform_clients.alipay_sign_in_client(channel).exchange_code(code)
    except platforms_errors.PlatformRejectedError as no:
        log.warning("alipay_refused", code=no.code, reason=no.message)
        if _CODE_USED & set(str(no.code).split("/")):
            raise DomainError("code_invalid", "支付宝凭证已失效，请重试", 422, field="code") from None
        raise DomainError("alipay_refused", "支付宝登录暂不可用，请稍后再试", 503, retry_after_s=60) from None
    except platforms_errors.PlatformError as doubt:
        log.warning("alipay_unknown", code=doubt.code, reason=doubt.message)
        raise DomainError("alipay_unknown", "支付宝没有及时应答，请重试", 503, retry_after_s=2) from None
