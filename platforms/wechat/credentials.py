"""Checks of appid and secret, with messages for the staff who entered them."""

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.wechat.access_token import AccessTokens
from platforms.wechat.errors import NOT_WHITELISTED

MESSAGES = {
    40013: "AppID 不正确，请核对公众平台“设置与开发”里的 AppID。",
    40125: "AppSecret 不正确，请核对或重置后重新填写。",
    40243: "AppSecret 已被冻结，请先在公众平台解冻。",
}


def credentials_error(tokens: AccessTokens) -> str | None:
    """Return what is wrong with the credentials, or None if they are right."""
    try:
        tokens.check_credentials()
    except PlatformRejectedError as rejection:
        return MESSAGES.get(int(rejection.code)) or _describe_rejection(rejection)
    except OutcomeUnknownError:
        return "暂时连不上微信服务器，请检查网络后再试。"
    return None


def _describe_rejection(rejection: PlatformRejectedError) -> str:
    if rejection.code == NOT_WHITELISTED:
        return f"{rejection.message}，请在公众平台的“IP 白名单”里加上它。"
    return f"微信拒绝了这组凭据：{rejection.message}（{rejection.code}）。"
