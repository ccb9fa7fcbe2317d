"""Platform clients built from the channels and keys of the current tenant."""

from functools import lru_cache
from typing import TYPE_CHECKING

import structlog

import config
from platforms.alipay.credentials import AlipayCredentials
from platforms.email.smtp import SmtpServer
from platforms.errors import OutcomeUnknownError, PlatformError, PlatformRejectedError
from platforms.http import PlatformSession
from platforms.sms.base import SmsSender
from platforms.sms.factory import create_sender
from platforms.sms.sandbox import SandboxSms
from platforms.wechat.access_token import AccessTokens
from platforms.wechat.member_cards import MemberCards
from platforms.wechat.mini_program import MiniProgram
from platforms.wechat.official_account import OfficialAccount
from platforms.wechat_pay.client import WeChatPay
from platforms.wechat_pay.credentials import WeChatPayCredentials
from platforms.wechat_pay.transfers import Transfers
from store.core import clock, ids
from store.core.errors import DomainError
from store.customers import sms_codes
from store.messages.email_accounts import EmailAccount
from store.payments import merchants
from store.payments.merchants import Merchant
from store.tenants import branding, channels, settings
from store.tenants.access_tokens import TokenStore
from store.tenants.channels import Channel

if TYPE_CHECKING:
    from platforms.alipay.client import Alipay
    from platforms.alipay.life_account import LifeAccount
    from platforms.alipay.member_cards import AlipayMemberCards
    from platforms.wechat_pay.red_packets import RedPackets

log = structlog.get_logger("sms")


def to_absolute_url(url: str) -> str:
    """Return an absolute URL: paths of our pages get the public address in front."""
    return config.current().public_url + url if url.startswith("/") else url


def official_account_client(channel: Channel) -> OfficialAccount:
    """Return the client of an official account."""
    return OfficialAccount(channel.appid, _access_tokens(channel), _http_session())


def chat_client(channel: Channel) -> "OfficialAccount | LifeAccount":
    """Return the client that sends to the followers of an account and shows its menu."""
    return life_account_client(channel) if channel.kind == "alipay" else official_account_client(channel)


def life_account_client(channel: Channel) -> "LifeAccount":
    """Return the client of the life account of an Alipay application."""
    # Imported here, because its SDK costs a process 0.2 s.
    from platforms.alipay.life_account import LifeAccount

    return LifeAccount(alipay_credentials(channel), _http_session())


def decrypt_alipay_phone(channel: Channel, *, ciphertext: str, signature: str) -> str | None:
    """Return the phone that the mini-program of an Alipay application got, or None if it is not from Alipay."""
    from platforms.alipay import phone_number
    from platforms.alipay.sdk import InvalidKeyError, load_sdk

    try:
        sdk, key = load_sdk(alipay_credentials(channel)), channel.encoding_aes_key or ""
        return phone_number.decrypt(sdk, key, ciphertext=ciphertext, signature=signature)
    except (InvalidKeyError, phone_number.InvalidPhoneError) as error:
        log.warning("alipay_phone_rejected", account=channel.key, reason=str(error))
        return None


def read_application_key(channel: Channel) -> str | None:
    """Return the public key of an Alipay application, which is pasted at the platform, or None if its key is broken."""
    from platforms.alipay.gateway import read_public_key

    try:
        return read_public_key(channel.secret)
    except ValueError:
        return None


def mini_program_client(channel: Channel) -> MiniProgram:
    """Return the client of a mini-program."""
    return MiniProgram(channel.appid, channel.secret, _access_tokens(channel), _http_session())


def find_credential_problem(channel: Channel) -> str | None:
    """Return what is wrong with the credentials of a channel, in Chinese, or None. Raises PlatformError."""
    if channel.kind == "wechat_official":
        return official_account_client(channel).check_credentials()
    if channel.kind == "wechat_miniprogram":
        return mini_program_client(channel).check_credentials()
    if channel.kind == "alipay":
        return alipay_sign_in_client(channel).find_application_problem()
    return None if channel.provider else "未指定短信服务商，请选择 alibaba（阿里云）或 tencent（腾讯云）"


def find_merchant_problem(merchant: Merchant) -> str | None:
    """Return what is wrong with the keys of a merchant, in Chinese, or None. Raises PlatformError."""
    client = payment_client(merchant)
    if isinstance(client, WeChatPay):
        return client.find_credential_problem(app_id=merchant.app_id)
    return client.find_credential_problem()


def alipay_sign_in_client(channel: Channel) -> "Alipay":
    """Return the client of an Alipay application that signs people in."""
    return _load_alipay()(alipay_credentials(channel), _http_session(), notify_url="")


def wechat_cards_client(channel: Channel) -> MemberCards:
    """Return the client of the member cards of an official account."""
    return MemberCards(_access_tokens(channel), _http_session())


def alipay_cards_client(channel: Channel) -> "AlipayMemberCards":
    """Return the client of the member cards of an Alipay application."""
    # Imported here, because its SDK costs a process 0.2 s.
    from platforms.alipay.member_cards import AlipayMemberCards

    return AlipayMemberCards(alipay_credentials(channel), _http_session())


def payment_client(merchant: Merchant) -> "WeChatPay | Alipay":
    """Return the client of a merchant's account on its payment platform."""
    path = {"wechat_pay": "wechat-pay", "alipay": "alipay"}[merchant.platform]
    return _build_payment_client(
        merchant.platform, merchant.merchant_id, merchant.app_id, merchant.credentials, _http_session(),
        to_absolute_url(f"/notify/{path}/{merchant.key}"),
    )  # fmt: skip


@lru_cache(maxsize=256)
def _build_payment_client(
    platform: str, merchant_id: str, app_id: str, credentials: str, http: PlatformSession, notify_url: str
) -> "WeChatPay | Alipay":
    """Build the client of an account and its keys, once for each version of the keys."""
    if platform == "wechat_pay":
        credentials_of_v3 = _wechat_pay_credentials(merchant_id, credentials)
        return WeChatPay(credentials_of_v3, http, notify_url=notify_url, app_id=app_id)
    secrets = merchants.parse_credentials(credentials)
    return _load_alipay()(
        AlipayCredentials(
            app_id=app_id, private_key_pem=secrets["private_key_pem"],
            public_keys=tuple(secrets["public_keys"]), seller_id=secrets["seller_id"],
        ),
        http, notify_url=notify_url,
    )  # fmt: skip


def transfer_client(merchant: Merchant) -> Transfers:
    """Return the client of the transfers of a merchant of WeChat Pay."""
    credentials = _wechat_pay_credentials(merchant.merchant_id, merchant.credentials)
    url = to_absolute_url(f"/notify/wechat-pay/{merchant.key}")
    return Transfers(credentials, _http_session(), notify_url=url)


def red_packet_client(merchant: Merchant) -> "RedPackets":
    """Return the client of the red packets of a merchant. Raises PlatformRejectedError without fitting certificate."""
    return _build_red_packet_client(merchant.merchant_id, merchant.credentials, _http_session())


@lru_cache(maxsize=64)
def _build_red_packet_client(merchant_id: str, credentials: str, http: PlatformSession) -> "RedPackets":
    """Build the client with a session of its own, which carries the certificate. Its library takes 0.1 s to import."""
    from platforms.wechat_pay import red_packets

    secrets = _wechat_pay_credentials(merchant_id, credentials)
    if not secrets.api_v2_key or not secrets.client_certificate_pem:
        raise PlatformRejectedError("wechat-pay", "CAERROR", "商户号缺少 APIv2 密钥或商户 API 证书")
    context = red_packets.build_ssl_context(secrets)
    return red_packets.RedPackets(secrets, PlatformSession(base_url=http.base_url, ssl_context=context))


def _wechat_pay_credentials(merchant_id: str, credentials: str) -> WeChatPayCredentials:
    secrets = merchants.parse_credentials(credentials)
    return WeChatPayCredentials(
        merchant_id=merchant_id, private_key_pem=secrets["private_key_pem"],
        certificate_serial=secrets["certificate_serial"], api_v3_keys=tuple(secrets["api_v3_keys"]),
        public_keys=secrets["public_keys"], api_v2_key=secrets.get("api_v2_key", ""),
        client_certificate_pem=secrets.get("client_certificate_pem", ""),
    )  # fmt: skip


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


def email_server(account: EmailAccount) -> SmtpServer:
    """Return the server by which a tenant sends e-mails."""
    return SmtpServer(
        host=account.host, port=account.port, security=account.security, username=account.username,
        password=account.password,
    )  # fmt: skip


def send_sms_code(sender: SmsSender, *, phone: str, code: str) -> str:
    """Send a one-time code and return the sentence about the outcome.

    Raises DomainError(sms_refused) if nothing was sent. The code is deleted then, so the next one needs no wait.
    """
    rules = settings.read(sms_codes.SmsCodeSettings)
    try:
        sender.send(phone, rules.template, {"code": code}, ids.public_id("sms_"))
    except PlatformError as error:
        if isinstance(error, OutcomeUnknownError) and error.perhaps_sent:
            log.warning("sms_unknown", code=error.code, reason=error.message)
            return sms_codes.LATE_TEXT.format(seconds=rules.min_interval_s)
        log.warning("sms_refused", code=error.code, reason=error.message)
    else:
        return "验证码已发送"
    sms_codes.cancel(phone=phone, code=code)
    raise DomainError("sms_refused", "短信发送失败，请检查手机号或稍后再试", 503)


def alipay_credentials(channel: Channel) -> AlipayCredentials:
    """Return the keys of an Alipay application."""
    return AlipayCredentials(
        app_id=channel.appid, private_key_pem=channel.secret,
        public_keys=(channel.platform_public_key or "",), seller_id="",
    )  # fmt: skip


def _load_alipay() -> "type[Alipay]":
    """Import the client with its SDK when it is needed: it costs a process 0.2 s, and most never call Alipay."""
    from platforms.alipay.client import Alipay

    return Alipay


@lru_cache(maxsize=1)
def _http_session() -> PlatformSession:
    return PlatformSession(base_url=config.current().sandbox_url)


def _access_tokens(channel: Channel) -> AccessTokens:
    return AccessTokens(channel.appid, channel.secret, TokenStore(channel), _http_session(), clock.now)
