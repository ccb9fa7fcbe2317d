"""Call the platform of a medium with a message."""

from typing import Any

import platform_clients
from platforms.sms.base import SmsFinder
from platforms.wechat.reply import Article
from store.core import clock
from store.core.errors import DomainError
from store.messages import email_accounts
from store.messages.results import Outcome
from store.messages.sending import SendRequest
from store.official_accounts import message_content
from store.official_accounts.message_content import Reply
from store.tenants import branding, business_days
from store.tenants.channels import Channel

NOT_FOUND_QUERIES = 3  # a provider may list a message some minutes after it was sent
NOT_TRANSFERABLE = "刚才没能及时为您转接人工客服，请您再试一次。"


def send(request: SendRequest) -> Outcome:
    """Send a message. Raises PlatformError, or DomainError if the medium is not set up."""
    return _SENDERS[request.message.medium](request)


def can_query(request: SendRequest) -> bool:
    """Return whether the provider can be asked if it sent a message."""
    if request.message.medium != "sms":
        return False
    try:
        return isinstance(platform_clients.sms_sender(), SmsFinder)
    except DomainError:  # no provider is set up any more
        return False


def query(request: SendRequest) -> Outcome:
    """Ask the SMS provider about a message that got no answer: sent, not found (so it is sent again), or unknown."""
    sender = platform_clients.sms_sender()
    if not isinstance(sender, SmsFinder):
        return Outcome("perhaps_sent", code="no_answer", reason="没有收到平台的答复")
    day = business_days.day_of(request.message.created_at)
    report = sender.find_message(request.address, request.message.number, day)
    if report is None and request.message.attempts < NOT_FOUND_QUERIES:
        return Outcome("query", code="not_found", reason="平台暂无这条短信，将再次查询")
    if report is None:
        return Outcome("retry", code="not_found", reason="平台没有这条短信，将重新发送", retry_at=clock.now())
    if report.state == "failed":
        return Outcome("failed", provider_number=report.message_id, code=report.code, reason=report.code)
    state = "delivered" if report.state == "delivered" else "sent"
    return Outcome(state, provider_number=report.message_id)


def _send_customer_service(request: SendRequest) -> Outcome:
    account = platform_clients.chat_client(_channel_of(request))
    content = request.content
    if request.chat_replies:
        for reply in message_content.parse(request.chat_replies):
            _send_reply(account, request.address, reply)
    elif content.path:
        card = message_content.Article(title=content.title, description=content.text, url=_page_url(request))
        for part in message_content.fit_to_platform(card):
            _send_reply(account, request.address, part)
    else:
        account.send_text(request.address, content.text)
    return Outcome("sent")


def _send_template(request: SendRequest) -> Outcome:
    account = platform_clients.official_account_client(_channel_of(request))
    number = account.send_template(
        request.address, template_id=request.platform_template, data=request.content.data,
        url=platform_clients.to_absolute_url(_page_url(request)), client_msg_id=request.message.number,
    )  # fmt: skip
    return Outcome("sent", provider_number=number or None)


def _send_subscribe(request: SendRequest) -> Outcome:
    program = platform_clients.mini_program_client(_channel_of(request))
    page = "" if request.content.path.startswith("/m/") else request.content.path
    number = program.send_subscribe_message(
        request.address, template_id=request.platform_template, data=request.content.data, page=page
    )
    return Outcome("sent", provider_number=number or None)


def _send_sms(request: SendRequest) -> Outcome:
    number = platform_clients.sms_sender().send(
        request.address, request.platform_template, request.content.data, request.message.number
    )
    return Outcome("sent", provider_number=number)


def _send_email(request: SendRequest) -> Outcome:
    account = email_accounts.find()
    if account is None:
        raise DomainError("no_email_account", "没有设置发件邮箱", 409)
    url = platform_clients.to_absolute_url(request.content.path)
    text = f"{request.content.text}\n\n{url}\n\n{branding.read_name()}"
    number = platform_clients.email_server(account).send(
        sender_address=account.sender_address, sender_name=account.sender_name, recipient=request.address,
        subject=request.content.title, text=text, html=None, message_id=request.message.number,
    )  # fmt: skip
    return Outcome("sent", provider_number=number[:100])


def _send_reply(account: Any, openid: str, reply: Reply) -> None:
    """Send a reply by an `OfficialAccount` or a `LifeAccount`, which never gets pictures and mini-programs."""
    match reply:
        case message_content.Text(text=text):
            account.send_text(openid, text)
        case message_content.Article(title=title, description=description, picture_url=picture, url=url):
            account.send_articles(
                openid, [Article(title, description, picture, platform_clients.to_absolute_url(url))]
            )
        case message_content.Image(media_id=media_id):
            account.send_image(openid, media_id)
        case message_content.MiniProgramCard():
            account.send_mini_program_card(
                openid, title=reply.title, appid=reply.appid, page=reply.page, thumb_media_id=reply.thumb_media_id
            )  # fmt: skip
        case message_content.TransferToAgent():  # WeChat transfers by the passive reply only, which is too late now
            account.send_text(openid, NOT_TRANSFERABLE)


def _page_url(request: SendRequest) -> str:
    """Return the page of a message with the account, by which the page signs the person in."""
    path = request.content.path
    if not path.startswith("/"):
        return path
    return f"{path}{'&' if '?' in path else '?'}a={_channel_of(request).key}"


def _channel_of(request: SendRequest) -> Channel:
    if request.channel is None:  # the account was deleted after the message had been written
        raise DomainError("no_channel", "发送账号已删除", 409)
    return request.channel


_SENDERS: dict[str, Any] = {
    "customer_service": _send_customer_service,
    "official_template": _send_template,
    "subscribe": _send_subscribe,
    "sms": _send_sms,
    "email": _send_email,
}
