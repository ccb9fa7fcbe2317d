"""My messages (我的消息): the inbox, subscribe messages of the mini-program, and what a customer wants to receive."""

from datetime import datetime
from functools import partial
from typing import Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field, StrictBool

from store.core.errors import not_found
from store.customers.customers import Customer
from store.messages import inbox, message_list, preferences, subscriptions
from store.messages.kinds import MEDIA, SENT_MEDIA
from store.messages.messages import Message
from store.tenants.channels import Channel
from web import idempotency, paging
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import PageQuery, PageResponse, PlatformCode, RequestModel

SentMedium = Literal["customer_service", "official_template", "subscribe", "sms", "email"]

bp = APIBlueprint("messages", __name__, tag="消息")


class InboxQuery(PageQuery):
    """With `unread` only what is not read yet."""

    unread: bool = False


class InboxMessage(BaseModel):
    """A site message. `path` is the page that it opens."""

    id: str
    kind: str
    label: str = Field(description="消息类型的名称")
    title: str
    text: str
    path: str
    unread: bool
    created_at: datetime
    read_at: datetime | None


class InboxResponse(PageResponse):
    """One page of messages, the latest first."""

    list: list[InboxMessage]
    unread_count: int


class ReadRequest(RequestModel):
    """Whether the message counts as read."""

    read: StrictBool


class UnreadCount(BaseModel):
    """How many messages are unread."""

    unread_count: int


class Empty(BaseModel):
    """Nothing to say."""


class SubscribeTemplate(BaseModel):
    """A template for `wx.requestSubscribeMessage`. `remaining` messages are accepted."""

    template_id: str
    title: str
    kind: str
    label: str
    remaining: int


class SubscriptionsResponse(BaseModel):
    """The templates of the mini-program that the customer uses; none if there is no such mini-program."""

    mini_program: str | None
    templates: list[SubscribeTemplate]


class SubscribeRequest(RequestModel):
    """The answer of the person: true or false for all that were asked, or the accepted ones."""

    template_ids: list[PlatformCode] = Field(min_length=1, max_length=5)
    accepted: StrictBool | list[PlatformCode]


class Medium(BaseModel):
    """How messages are sent."""

    medium: str
    name: str


class MessageSettings(BaseModel):
    """What the customer wants to receive. Notices of orders and stored value are always sent."""

    marketing: bool
    opted_out_media: list[str]
    media: list[Medium]


class MessageSettingsRequest(RequestModel):
    """Consent to marketing, and the media on which it is not wanted."""

    marketing: StrictBool
    opted_out_media: list[SentMedium] = Field(max_length=10)


@bp.get("/api/me/messages")
@login_required
@bp.doc(summary="我的消息", security="session")
@bp.input(InboxQuery, location="query")
@bp.output(InboxResponse)
def list_messages(caller: Caller, query_data: InboxQuery) -> Response:
    customer = _customer_of(caller)
    rows, page = paging.read_page(
        query_data,
        name=f"messages.{customer.id}.{query_data.unread}",
        fetch=partial(inbox.read_page, customer, unread=query_data.unread),
        position=inbox.get_position,
    )
    unread = inbox.count(customer, unread=True)
    return json_response(InboxResponse(list=[_to_message(row) for row in rows], unread_count=unread, **page))


@bp.get("/api/me/messages/<message_id>")
@login_required
@bp.doc(summary="消息详情", security="session", responses={404: "没有该消息"})
@bp.output(InboxMessage)
def get_message(caller: Caller, message_id: str) -> Response:
    return json_response(_to_message(inbox.get(_customer_of(caller), message_id)))


@bp.patch("/api/me/messages/<message_id>")
@login_required
@bp.doc(summary="标为已读或未读", security="session", responses={404: "没有该消息"})
@bp.input(ReadRequest)
@bp.output(InboxMessage)
def change_message(caller: Caller, message_id: str, json_data: ReadRequest) -> Response:
    return json_response(
        idempotency.run_idempotent(
            caller.scope,
            json_data,
            lambda: _to_message(inbox.set_read(_customer_of(caller), message_id, json_data.read)),
        )
    )


@bp.delete("/api/me/messages/<message_id>")
@login_required
@bp.doc(summary="删除消息", security="session", responses={404: "没有该消息"})
@bp.output(Empty)
def delete_message(caller: Caller, message_id: str) -> Response:
    inbox.delete(_customer_of(caller), message_id)
    return json_response(Empty())


@bp.post("/api/me/messages/read")
@login_required
@bp.doc(summary="全部标为已读", security="session")
@bp.output(UnreadCount)
def read_all(caller: Caller) -> Response:
    inbox.mark_all_read(_customer_of(caller))
    return json_response(UnreadCount(unread_count=0))


@bp.get("/api/me/message-subscriptions")
@login_required
@bp.doc(summary="小程序订阅消息", security="session")
@bp.output(SubscriptionsResponse)
def list_subscriptions(caller: Caller) -> Response:
    customer = _customer_of(caller)
    return json_response(_to_subscriptions(customer, _mini_program_of(caller, customer)))


@bp.post("/api/me/message-subscriptions")
@login_required
@bp.doc(
    summary="上报订阅结果",
    description="把 wx.requestSubscribeMessage 的结果告诉服务端：接受一次可发一条；重复上报带同一个 Idempotency-Key。",
    security="session",
)
@bp.input(SubscribeRequest)
@bp.output(SubscriptionsResponse)
def record_subscriptions(caller: Caller, json_data: SubscribeRequest) -> Response:
    customer = _customer_of(caller)
    channel = _mini_program_of(caller, customer)
    if channel is None:
        raise not_found("可订阅的小程序")
    return json_response(
        idempotency.run_idempotent(
            caller.scope, json_data, lambda: _record_answers(customer, channel, json_data)
        )
    )


@bp.get("/api/me/message-settings")
@login_required
@bp.doc(summary="消息设置", security="session")
@bp.output(MessageSettings)
def get_settings(caller: Caller) -> Response:
    return json_response(_to_settings(_customer_of(caller)))


@bp.put("/api/me/message-settings")
@login_required
@bp.doc(summary="修改消息设置", security="session")
@bp.input(MessageSettingsRequest)
@bp.output(MessageSettings)
def change_settings(caller: Caller, json_data: MessageSettingsRequest) -> Response:
    return json_response(
        idempotency.run_idempotent(
            caller.scope,
            json_data,
            lambda: _to_settings(
                preferences.change(
                    _customer_of(caller),
                    marketing=json_data.marketing,
                    opted_out_media=json_data.opted_out_media,
                )
            ),
        )
    )


def _customer_of(caller: Caller) -> Customer:
    caller.ensure_session()
    assert caller.customer is not None
    return caller.customer


def _mini_program_of(caller: Caller, customer: Customer) -> Channel | None:
    return subscriptions.find_mini_program(customer, caller.channel)


def _record_answers(customer: Customer, channel: Channel, asked: SubscribeRequest) -> SubscriptionsResponse:
    accepted = asked.accepted
    if isinstance(accepted, bool):
        accepted = asked.template_ids if accepted else []
    subscriptions.record_answers(
        customer, channel, asked=asked.template_ids, accepted=accepted, reported_by="api"
    )
    return _to_subscriptions(customer, channel)


def _to_subscriptions(customer: Customer, channel: Channel | None) -> SubscriptionsResponse:
    if channel is None:
        return SubscriptionsResponse(mini_program=None, templates=[])
    remaining = subscriptions.remaining_by_template(customer, channel)
    return SubscriptionsResponse(
        mini_program=channel.name,
        templates=[
            SubscribeTemplate(
                template_id=row.platform_id, title=row.name, kind=row.kind,
                label=message_list.kind_label(row.kind), remaining=remaining.get(row.platform_id, 0),
            )
            for row in subscriptions.list_templates(channel)
        ],
    )  # fmt: skip


def _to_settings(customer: Customer) -> MessageSettings:
    return MessageSettings(
        marketing=bool(customer.marketing_consent),
        opted_out_media=preferences.list_opted_out(customer),
        media=[Medium(medium=medium, name=MEDIA[medium]) for medium in SENT_MEDIA],
    )


def _to_message(row: Message) -> InboxMessage:
    return InboxMessage(
        id=row.number, kind=row.kind, label=message_list.kind_label(row.kind), title=row.title, text=row.text,
        path=row.path, unread=row.read_at is None, created_at=row.created_at, read_at=row.read_at,
    )  # fmt: skip
