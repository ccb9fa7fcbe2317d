"""What Alipay vouches for: who opened the mini-program, and which phone is theirs."""

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


def decrypt_phone(channel: Channel, *, ciphertext: str, signature: str) -> str:
    """Return the phone of `my.getPhoneNumber` in E.164. Raises DomainError with a sentence."""
    if channel.kind != "alipay":
        raise DomainError("not_a_miniprogram", "请在支付宝小程序内使用手机号快捷登录", 409)
    if not channel.encoding_aes_key:
        raise DomainError("alipay_refused", "商户还没有开通支付宝手机号登录，请使用短信验证码", 503)
    phone = platform_clients.decrypt_alipay_phone(channel, ciphertext=ciphertext, signature=signature)
    if phone is None:
        raise DomainError("code_invalid", "支付宝凭证无效，请重试", 422, field="response")
    return phone
