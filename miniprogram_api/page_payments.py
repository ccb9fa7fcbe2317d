"""Payments on a page or in a mini-program: who pays, by which merchant, and what the page needs to ask for it."""

from typing import Literal

import payment_calls
from platforms.errors import PlatformError
from store.core.errors import DomainError
from store.customers import alipay_people, identities
from store.payments import attempts, merchants
from store.payments.attempts import PaymentAttempt
from store.stored_value import payment_methods
from web.auth import Caller

Method = Literal["wechat", "alipay"]

_KINDS = {"wechat": ("wechat_pay", "wechat_web"), "alipay": ("alipay", "alipay_web")}


def method_of(caller: Caller) -> Method:
    """Return the method of the platform at which a caller has signed in."""
    return "alipay" if caller.channel.kind == "alipay" else "wechat"


def get_payer_id(caller: Caller, method: Method) -> str:
    """Return the platform's id of the signed-in person. Raises DomainError(wrong_method) on another platform."""
    channel, found = caller.channel, None
    if method == "wechat":
        found = identities.find_openid(caller.customer, channel.appid)
    elif channel.kind == "alipay":
        found = alipay_people.find_person_id(caller.customer, channel.appid)
    if found is None:
        name = payment_methods.label(method)
        raise DomainError("wrong_method", f"请在{name.removesuffix('支付')}里打开后用{name}付款", 409)
    return found


def start(
    caller: Caller, method: Method, *, payable_kind: str, payable_number: str, shop_id: int | None, key: str,
    payer_id: str,
) -> PaymentAttempt:  # fmt: skip
    """Create an attempt of all that is due. Idempotent by `key`.

    WeChat Pay takes the openid of the caller's application. A trade of Alipay belongs to the application of the
    merchant, and its notices name that one.
    """
    platform, kind = _KINDS[method]
    return attempts.start(
        payable_kind=payable_kind, payable_number=payable_number, kind=kind, key=key, payer_id=payer_id,
        merchant=merchants.choose(platform=platform, shop_id=shop_id),
        app_id=caller.channel.appid if method == "wechat" else "",
    )  # fmt: skip


def prepare(attempt: PaymentAttempt, payer_id: str) -> dict[str, str]:
    """Create the order on the platform and return the page's arguments. Raises DomainError(payment_unavailable)."""
    try:
        return payment_calls.create_page_payment(attempt, payer_id=payer_id)
    except PlatformError as error:
        raise DomainError(
            "payment_unavailable", "支付平台暂不可用，请稍后再试", 503, retry_after_s=5
        ) from error
