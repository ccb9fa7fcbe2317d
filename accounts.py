"""The platform clients of the company's channel accounts: the one place where keys meet wires."""

from functools import lru_cache

import config
from platforms.http import Http
from platforms.sms import SandboxSms, SmsSender, sender
from platforms.wechat_miniprogram import MiniProgram
from platforms.wechat_official import OfficialAccount
from platforms.wechat_token import Tokens
from store.company import channels
from store.company.channels import Channel, TokenBook
from store.kernel import clock
from store.kernel.refusals import Refused


@lru_cache(maxsize=1)
def settings() -> config.Config:
    """The configuration of this process."""
    return config.read()


def absolute(url: str) -> str:
    """An address as the world sees it: pages of ours get our public address in front."""
    return settings().public_url + url if url.startswith("/") else url


def official(channel: Channel) -> OfficialAccount:
    """The client of an official account."""
    return OfficialAccount(channel.appid, _tokens(channel), _http())


def miniprogram(channel: Channel) -> MiniProgram:
    """The client of a mini-program."""
    return MiniProgram(channel.appid, channel.secret, _tokens(channel), _http())


def sms() -> SmsSender:
    """The company's SMS provider; outside production the sandbox where none is set up."""
    channel = channels.first_of("sms")
    if channel is not None:
        return sender(
            provider=channel.provider, key_id=channel.appid, key_secret=channel.secret,
            app_id=channel.original_id or "", sign_name=channel.name,
        )  # fmt: skip
    here = settings()
    if here.sandbox_url is None:
        raise Refused("no_sms", "尚未开通短信服务", 503)
    return SandboxSms(here.sandbox_url, here.sandbox_sms_key, http=_http())


@lru_cache(maxsize=1)
def _http() -> Http:
    return Http(base_url=settings().sandbox_url)


def _tokens(channel: Channel) -> Tokens:
    return Tokens(channel.appid, channel.secret, TokenBook(channel), _http(), clock.now)
