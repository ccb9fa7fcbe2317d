"""Platform clients built from the channels and keys of the current tenant."""

from functools import lru_cache

import config
from platforms.http import PlatformSession
from platforms.sms.base import SmsSender
from platforms.sms.factory import create_sender
from platforms.sms.sandbox import SandboxSms
from platforms.wechat.access_token import AccessTokens
from platforms.wechat.mini_program import MiniProgram
from platforms.wechat.official_account import OfficialAccount
from store.core import clock
from store.core.errors import DomainError
from store.tenants import branding, channels
from store.tenants.access_tokens import TokenStore
from store.tenants.channels import Channel


def to_absolute_url(url: str) -> str:
    """Return an absolute URL: paths of our pages get the public address in front."""
    return config.current().public_url + url if url.startswith("/") else url


def official_account_client(channel: Channel) -> OfficialAccount:
    """Return the client of an official account."""
    return OfficialAccount(channel.appid, _access_tokens(channel), _http_session())


def mini_program_client(channel: Channel) -> MiniProgram:
    """Return the client of a mini-program."""
    return MiniProgram(channel.appid, channel.secret, _access_tokens(channel), _http_session())


def sms_sender() -> SmsSender:
    """Return the tenant's SMS sender. Outside production this is the sandbox if no provider is set up."""
    channel = channels.find_first("sms")
    if channel is not None:
        return create_sender(
            provider=channel.provider, key_id=channel.appid, key_secret=channel.secret,
            app_id=channel.original_id or "", sign_name=branding.read_sms_signature(channel.name),
        )  # fmt: skip
    here = config.current()
    if here.sandbox_url is None:
        raise DomainError("no_sms", "尚未开通短信服务", 503)
    return SandboxSms(
        here.sandbox_url, here.sandbox_sms_key, sign_name=branding.read_sms_signature(), http=_http_session()
    )


@lru_cache(maxsize=1)
def _http_session() -> PlatformSession:
    return PlatformSession(base_url=config.current().sandbox_url)


def _access_tokens(channel: Channel) -> AccessTokens:
    return AccessTokens(channel.appid, channel.secret, TokenStore(channel), _http_session(), clock.now)
