"""Check of credentials, with sentences for the staff who entered them."""

import secrets

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.http import PlatformSession
from platforms.wechat_pay import crypto, transport
from platforms.wechat_pay.credentials import WeChatPayCredentials
from platforms.wechat_pay.transport import Response

APP_NOT_BOUND = "AppID 没有绑定到这个商户号，请在商户平台“产品中心 – AppID 账号管理”里绑定。"
MESSAGES = {
    "merchant": "商户号不正确，请核对商户平台里的商户号。",
    "serial": "商户证书序列号不正确，请核对“API 安全”里的证书序列号。",
    "key": "商户私钥与证书不匹配，请重新粘贴 apiclient_key.pem 的内容。",
    "private_key": "商户私钥无法读取，请粘贴 apiclient_key.pem 的全部内容。",
    "api_v3_key": "APIv3 密钥应是 32 个字符，请核对“API 安全”里的设置。",
    "public_key": "微信支付公钥或平台证书无法读取，请粘贴 PEM 文件的全部内容。",
    "no_public_key": "请填写微信支付公钥和它的公钥 ID。",
    "unverified": "微信支付公钥与公钥 ID 不匹配，请重新下载微信支付公钥。",
    "network": "暂时连不上微信支付，请检查网络后再试。",
}


def find_problem(
    credentials: WeChatPayCredentials, http: PlatformSession, *, app_id: str, notify_url: str
) -> str | None:
    """Return a sentence about what is wrong with the credentials, or None if they are right.

    Queries an order that does not exist, then creates an order of one fen that is closed at once.
    """
    problem = _find_unreadable(credentials)
    if problem is not None:
        return MESSAGES[problem]
    number = "check" + secrets.token_hex(12)
    path = f"/v3/pay/transactions/out-trade-no/{number}"
    try:
        queried = transport.send(credentials, http, "GET", f"{path}?mchid={credentials.merchant_id}")
        sentence = _explain(queried)
        if sentence is not None or not app_id:
            return sentence
        created = transport.send(
            credentials,
            http,
            "POST",
            "/v3/pay/transactions/native",
            _probe_order(credentials, number, app_id=app_id, notify_url=notify_url),
        )
        if created.is_success:
            transport.send(credentials, http, "POST", f"{path}/close", {"mchid": credentials.merchant_id})
        return _explain(created)
    except (OutcomeUnknownError, PlatformRejectedError):
        return MESSAGES["network"]


def _find_unreadable(credentials: WeChatPayCredentials) -> str | None:
    try:
        crypto.load_private_key(credentials.private_key_pem)
    except crypto.InvalidKeyError:
        return "private_key"
    if not credentials.api_v3_keys or any(
        len(key.encode()) != crypto.API_V3_KEY_BYTES for key in credentials.api_v3_keys
    ):
        return "api_v3_key"
    if not credentials.public_keys:
        return "no_public_key"
    try:
        for pem in credentials.public_keys.values():
            crypto.load_public_key(pem)
    except crypto.InvalidKeyError:
        return "public_key"
    return None


def _explain(response: Response) -> str | None:
    """Return what an error says about the credentials.

    Here an unverified error counts: errors before the merchant is known carry no signature.
    """
    if response.code in {"APPIDMCHIDNOTMATCH", "MCHIDAPPIDNOTMATCH"}:
        return APP_NOT_BOUND
    if response.status == 401 or response.code == "SIGNERROR":
        return MESSAGES["serial" if "序列号" in response.message else "key"]
    if response.code in {"MCHNOTEXISTS", "NOAUTH"} or "商户号" in response.message:
        return MESSAGES["merchant"]
    if response.code == "PARAMERROR" and "appid" in response.message.lower():
        return APP_NOT_BOUND
    if response.status >= 500:
        return MESSAGES["network"]
    if not response.is_verified:
        return MESSAGES["unverified"]
    if response.is_success or response.code in {"ORDERNOTEXIST", "ORDERNOTEXISTS", "RESOURCENOTEXISTS"}:
        return None
    return f"微信支付拒绝了这组凭据：{response.message}（{response.code}）。"


def _probe_order(
    credentials: WeChatPayCredentials, number: str, *, app_id: str, notify_url: str
) -> dict[str, object]:
    return {
        "appid": app_id,
        "mchid": credentials.merchant_id,
        "description": "连接检查",
        "out_trade_no": number,
        "notify_url": notify_url,
        "amount": {"total": 1, "currency": "CNY"},
    }
