"""Whether an account's appid and secret are right, told to the person who typed them in."""

from .errors import Refused, Unknown
from .wechat_codes import NOT_WHITELISTED
from .wechat_token import Tokens

FAULTS = {
    40013: "AppID 不正确，请核对公众平台“设置与开发”里的 AppID。",
    40125: "AppSecret 不正确，请核对或重置后重新填写。",
    40243: "AppSecret 已被冻结，请先在公众平台解冻。",
}


def credentials_fault(tokens: Tokens) -> str | None:
    """What is wrong, as a sentence; None when all is well."""
    try:
        tokens.check()
    except Refused as refusal:
        return FAULTS.get(int(refusal.code)) or _told_by_wechat(refusal)
    except Unknown:
        return "暂时连不上微信服务器，请检查网络后再试。"
    return None


def _told_by_wechat(refusal: Refused) -> str:
    if refusal.code == NOT_WHITELISTED:
        return f"{refusal.message}，请在公众平台的“IP 白名单”里加上它。"
    return f"微信拒绝了这组凭据：{refusal.message}（{refusal.code}）。"
