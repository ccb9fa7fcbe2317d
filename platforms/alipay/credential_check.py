"""A check of credentials by a harmless query, with a sentence about what is wrong."""

import re
import secrets

from platforms.alipay import transport
from platforms.alipay.credentials import AlipayCredentials
from platforms.alipay.sdk import InvalidKeyError, load_sdk
from platforms.alipay.transport import NOT_FOUND, Response
from platforms.errors import OutcomeUnknownError
from platforms.http import PlatformSession

MESSAGES = {
    "app_id": "支付宝没有这个 AppID，请核对应用的 AppID。",
    "seller_id": "收款账号应是 2088 开头的 16 位数字，请在支付宝商家平台查看。",
    "private_key": "应用私钥无法读取，请粘贴密钥工具生成的私钥全文。",
    "no_public_key": "还没有填写支付宝公钥。",
    "public_key": "支付宝公钥无法读取，请从开放平台“接口加签方式”里复制支付宝公钥（不是应用公钥）。",
    "key": "应用私钥与开放平台上的应用公钥不是一对，请重新上传应用公钥。",
    "unverified": "支付宝的应答没有通过验签，支付宝公钥不是这个应用的。",
    "permission": "这个应用还没有签约当面付，请在开放平台添加产品并签约。",
    "network": "暂时连接不上支付宝，请稍后再试。",
}
_SELLER_ID = re.compile(r"2088[0-9]{12}")


def find_problem(
    credentials: AlipayCredentials, http: PlatformSession, *, takes_payments: bool = True
) -> str | None:
    """Return a sentence about what is wrong with the credentials, or None if they are right.

    An application that takes no payments has no seller and need not have the product of payments.

    Here an unverified error counts: errors before the app is known carry no signature.
    """
    if takes_payments and not _SELLER_ID.fullmatch(credentials.seller_id):
        return MESSAGES["seller_id"]
    if not credentials.public_keys:
        return MESSAGES["no_public_key"]
    try:
        content = {"out_trade_no": "check" + secrets.token_hex(12)}
        response = transport.send(load_sdk(credentials), http, "alipay.trade.query", content)
        return _explain(response, takes_payments=takes_payments)
    except InvalidKeyError as error:
        return MESSAGES[str(error)]
    except OutcomeUnknownError:
        return MESSAGES["network"]


def _explain(response: Response, *, takes_payments: bool) -> str | None:
    if response.reason in {"isv.invalid-app-id", "isv.missing-app-id"}:
        return MESSAGES["app_id"]
    if response.reason in {"isv.invalid-signature", "isv.missing-signature-key"}:
        return MESSAGES["key"]
    if response.code == "20000":
        return MESSAGES["network"]
    if not response.is_verified:
        return MESSAGES["unverified"]
    if response.code == "40006":
        return MESSAGES["permission"] if takes_payments else None
    if response.is_success or response.reason == NOT_FOUND:
        return None
    return f"支付宝拒绝了这组凭据：{response.message}（{response.reason}）。"
