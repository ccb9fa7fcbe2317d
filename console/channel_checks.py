"""What is wrong with a channel account, in words for staff, and what they paste at the platform."""

from typing import Any, Literal
from urllib.parse import urlsplit

import platform_clients
from platforms.errors import PlatformError
from store.official_accounts import conversation, menus
from store.tenants import channels
from store.tenants.channels import Channel

State = Literal["ok", "warning", "error"]
LOCAL_ADDRESS = "本机地址，微信无法访问"
LOCAL_ADDRESS_ALIPAY = "本机地址，支付宝无法访问"


def callback_path(channel: Channel) -> str | None:
    """Return the path to which the platform posts messages, None for accounts that receive none."""
    if channel.kind == "alipay":
        return f"/alipay/{channel.key}"
    return f"/wechat/{channel.key}" if channel.kind in channels.PUSH_KINDS else None


def to_server_configuration(channel: Channel) -> dict[str, Any]:
    """Return what is pasted at the platform."""
    path = callback_path(channel)
    if path is None:
        return {"domain": platform_clients.to_absolute_url("/").rstrip("/")}
    if channel.kind == "alipay":
        key = platform_clients.read_application_key(channel)
        return {"url": platform_clients.to_absolute_url(path), "public_key": key or ""}
    return {
        "url": platform_clients.to_absolute_url(path), "token": channel.token or "",
        "encoding_aes_key": channel.encoding_aes_key or "", "mode": channel.mode,
    }  # fmt: skip


def find_address_note(channel: Channel) -> str:
    """Return what is wrong with the address that the platform is to call, or an empty text."""
    if channel.kind == "alipay":
        return LOCAL_ADDRESS_ALIPAY if _is_local_address() else ""
    return LOCAL_ADDRESS if channel.kind.startswith("wechat") and _is_local_address() else ""


def _is_local_address() -> bool:
    host = urlsplit(platform_clients.to_absolute_url("/")).hostname or ""
    return host == "localhost" or host.endswith(".localhost") or host.startswith("127.") or host == "::1"


def check(channel: Channel) -> list[dict[str, str]]:
    """Return the findings as pairs of state and text, the errors first. Uses the network."""
    findings = [_check_credentials(channel)]
    if channel.kind == "wechat_official":
        findings += _check_official_account(channel)
    if channel.kind == "alipay":
        findings += _check_life_account(channel)
    return sorted(findings, key=lambda finding: ("error", "warning", "ok").index(finding["state"]))


def _check_credentials(channel: Channel) -> dict[str, str]:
    try:
        problem = platform_clients.find_credential_problem(channel)
    except PlatformError as failure:
        return _finding("error", f"没有得到平台的答复：{failure.message}（{failure.code}）")
    return _finding("error", problem) if problem else _finding("ok", "平台确认 AppID 和密钥正确")


def _check_official_account(channel: Channel) -> list[dict[str, str]]:
    found = []
    problem = channels.find_encryption_problem(mode=channel.mode, encoding_aes_key=channel.encoding_aes_key)
    if not channel.token:
        found.append(_finding("error", "没有 Token，收不到消息；请在“编辑”中补填"))
    if problem:
        found.append(_finding("error", f"收不到消息：{problem}"))
    if channel.token and not problem:
        found.append(_finding("ok", "服务器配置已填写"))
        if not conversation.has_received(channel):
            found.append(
                _finding("warning", "没有收到微信消息的记录；请在公众平台启用服务器配置，再用手机关注一次")
            )
    if _is_local_address():
        found.append(_finding("warning", f"{LOCAL_ADDRESS}；请把 PUBLIC_URL 设为公网域名"))
    if channel.mode == "plain":
        found.append(_finding("warning", "消息以明文传输，建议在公众平台改用安全模式"))
    if menus.find_published(channel) is None:
        found.append(_finding("warning", "尚未发布自定义菜单"))
    return found


def _check_life_account(channel: Channel) -> list[dict[str, str]]:
    """Check the gateway and the menu, which only matter for a life account."""
    found = []
    if platform_clients.read_application_key(channel) is None:
        found.append(_finding("error", "应用私钥无法读取，网关收不到消息；请在“编辑”中重新填写"))
    elif not conversation.has_received(channel):
        found.append(
            _finding("warning", "没有收到生活号消息的记录；请在支付宝开放平台填写应用网关，再用手机关注一次")
        )
    else:
        found.append(_finding("ok", "应用网关已收到生活号消息"))
    if _is_local_address():
        found.append(_finding("warning", f"{LOCAL_ADDRESS_ALIPAY}；请把 PUBLIC_URL 设为公网域名"))
    if menus.find_published(channel) is None:
        found.append(_finding("warning", "尚未发布生活号菜单"))
    return found


def _finding(state: State, text: str) -> dict[str, str]:
    return {"state": state, "text": text}
