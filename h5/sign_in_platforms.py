"""The platforms through which a browser signs in: WeChat for an official account, Alipay for an Alipay application."""

from flask import current_app, request

import platform_clients
from store.core.errors import DomainError
from store.customers import alipay_people, followers
from store.customers.customers import Customer
from store.tenants.channels import Channel

NAMES = {"wechat_official": "微信", "alipay": "支付宝"}
_BROWSERS = {"wechat_official": "MicroMessenger", "alipay": "AlipayClient"}


def ensure_supported(channel: Channel) -> Channel:
    """Return the account. Raises DomainError(not_official) if it signs no person in."""
    if channel.kind not in NAMES:
        raise DomainError("not_official", "请从公众号打开", 404)
    return channel


def authorization_url(channel: Channel, return_url: str, state: str) -> str:
    """Return the page of the platform that sends the browser back with a code."""
    if channel.kind == "alipay":
        return platform_clients.alipay_sign_in_client(channel).authorization_url(return_url, state=state)
    return platform_clients.official_account_client(channel).oauth_url(return_url, "snsapi_base", state)


def read_code(channel: Channel) -> str:
    """Return the code of the platform in the address, empty if the person refused."""
    return request.args.get("auth_code" if channel.kind == "alipay" else "code", "")


def find_customer(channel: Channel, code: str) -> Customer | None:
    """Return the customer of a code, or None for a virtual WeChat identity, which is not bound to a customer.

    Raises PlatformError.
    """
    if channel.kind == "alipay":
        person = platform_clients.alipay_sign_in_client(channel).exchange_code(code)
        return alipay_people.get_or_create_customer(
            channel=channel, user_id=person.user_id, open_id=person.open_id
        )
    identity = platform_clients.official_account_client(channel).exchange_oauth_code(code)
    if identity.virtual:
        return None
    return followers.get_or_create_customer(
        channel=channel, openid=identity.openid, source=channel.kind, unionid=identity.unionid
    )


def is_own_browser(channel: Channel) -> bool:
    """Return whether the browser is that of the account's platform, which can identify the visitor."""
    marker = _BROWSERS.get(channel.kind)
    return marker is not None and marker in request.user_agent.string


def find_own_kind() -> str | None:
    """Return the kind of account whose platform the browser belongs to, or None.

    In a frame of the sandbox, whose browser is any, it is WeChat.
    """
    agent = request.user_agent.string
    found = next((kind for kind, marker in _BROWSERS.items() if marker in agent), None)
    return found or ("wechat_official" if is_trial() else None)


def is_trial() -> bool:
    """Return whether the sandbox's phone shows the page in a frame."""
    return request.headers.get("Sec-Fetch-Dest") == "iframe" and bool(current_app.config["SANDBOX_URL"])
