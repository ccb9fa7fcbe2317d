"""My card: what it shows, and adding it to the card packs of WeChat and Alipay."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response, current_app
from pydantic import BaseModel, Field, StringConstraints

import card_calls
from miniprogram_api.me import MemberTier, PointBalance
from store.core.errors import DomainError, invalid
from store.customers import identities, members
from store.customers.members import Member
from store.member_cards import contents, holders, pack_cards, pack_templates, template_fields, templates
from store.member_cards.templates import CardTemplate
from store.points import points
from store.tiers import tiers
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("card", __name__, tag="会员卡")


class CardDesignResponse(BaseModel):
    """The look of the card."""

    title: str
    brand: str
    colour: str = Field(description="#RRGGBB")
    logo_url: str
    cover_url: str
    privileges: str
    instructions: str
    notice: str
    service_phone: str


class CardPack(BaseModel):
    """A pack to which the card can be added. `state` is that of the member's card in it."""

    platform: str = Field(description="wechat 或 alipay")
    name: str
    state: str = Field(
        description="none 未添加、got 待激活、activating 激活中、active 使用中、gifting 转赠中、deleted 已删除等"
    )
    label: str


class MyCardResponse(BaseModel):
    """The member card with its totals. `design` is null until the shop has put a card into use."""

    card_number: str
    joined: bool
    tier: MemberTier | None
    points: PointBalance
    balance_fen: int
    design: CardDesignResponse | None
    packs: list[CardPack]


class WeChatPackRequest(RequestModel):
    """`page_url` is the address of our H5 page that adds the card, which the JS-SDK checks."""

    page_url: Annotated[OneLine, StringConstraints(max_length=1000)] = ""


class JsConfig(BaseModel):
    """The arguments of `wx.config`."""

    appId: str
    timestamp: str
    nonceStr: str
    signature: str


class WeChatPackResponse(BaseModel):
    """One element of the `cardList` of `wx.addCard`; `config` only where a page was named."""

    card_id: str
    card_ext: str
    config: JsConfig | None


class AlipayPackResponse(BaseModel):
    """The address at which Alipay shows the form of the card."""

    url: str


@bp.get("/api/me/card")
@login_required
@bp.doc(summary="我的会员卡", security="session")
@bp.output(MyCardResponse)
def get_card(caller: Caller) -> Response:
    member = members.get_or_create(caller.customer)
    template = templates.find_active(int(member.programme_id))
    record, account = tiers.find_active(member), points.account_or_empty(member)
    shown = contents.compute(member)
    return json_response(
        MyCardResponse(
            card_number=member.card_number, joined=member.joined_at is not None,
            tier=MemberTier(code=record.tier.code, name=record.tier.name) if record else None,
            points=PointBalance(available=shown.points or 0, name=account.group.name),
            balance_fen=shown.balance_fen or 0, design=_to_design(template), packs=_list_packs(template, member),
        )
    )  # fmt: skip


@bp.post("/api/me/card/packs/wechat")
@login_required
@bp.doc(
    summary="添加到微信卡包",
    description="返回 `wx.addCard` 的参数；在公众号网页里调用时传 `page_url`，同时返回 `wx.config` 的参数。",
    security="session",
    responses={409: "没有可添加的会员卡，或还不是会员", 503: "微信暂时没有响应"},
)
@bp.input(WeChatPackRequest)
@bp.output(WeChatPackResponse, status_code=201)
def add_to_wechat(caller: Caller, json_data: WeChatPackRequest) -> Response:
    channel = caller.channel
    if channel.kind == "alipay":
        raise DomainError("wrong_platform", "请在微信里打开后添加到微信卡包", 409)
    if json_data.page_url and not json_data.page_url.startswith(f"{current_app.config['PUBLIC_URL']}/"):
        raise invalid("page_url", "应为本站页面的地址")
    member = members.get_or_create(caller.customer)
    pack = holders.get_offered_template(member, "wechat")
    # The openid of another account would make the phone reject the card.
    openid = identities.find_openid(caller.customer, channel.appid) if channel.id == pack.channel_id else None

    def work(tickets: card_calls.Tickets) -> WeChatPackResponse:
        card = holders.offer(member=member, platform="wechat")
        given = card_calls.build_add_parameters(card, tickets, openid=openid or "")
        url = json_data.page_url
        config = JsConfig(**card_calls.sign_page(pack, tickets, url)) if url else None
        return WeChatPackResponse(card_id=given.card_id, card_ext=given.card_ext, config=config)

    answer = idempotency.run_idempotent_with_proof(
        caller.scope, json_data, prove=lambda: card_calls.read_tickets(pack), work=work
    )
    return json_response(answer, 201)


@bp.post("/api/me/card/packs/alipay")
@login_required
@bp.doc(
    summary="添加到支付宝卡包",
    description="返回支付宝的领卡地址。领卡表单里的手机号决定卡属于哪个会员。",
    security="session",
    responses={409: "没有可添加的会员卡，或还不是会员"},
)
@bp.output(AlipayPackResponse, status_code=201)
def add_to_alipay(caller: Caller) -> Response:
    member = members.get_or_create(caller.customer)

    def work() -> AlipayPackResponse:
        card = holders.offer(member=member, platform="alipay")
        return AlipayPackResponse(url=card.template.facts["apply_url"])

    return json_response(idempotency.run_idempotent(caller.scope, None, work), 201)


def _to_design(row: CardTemplate | None) -> CardDesignResponse | None:
    if row is None:
        return None
    names = (
        "title",
        "brand",
        "logo_url",
        "cover_url",
        "privileges",
        "instructions",
        "notice",
        "service_phone",
    )
    values = {name: getattr(row, name) for name in names}
    return CardDesignResponse(colour=template_fields.COLOURS[row.colour], **values)


def _list_packs(template: CardTemplate | None, member: Member) -> list[CardPack]:
    """Return the packs of the template with the latest card of the member in each."""
    live = [pack for pack in pack_templates.list_for(template) if pack.state == "live"] if template else []
    states = {
        card.platform: card.state for card in reversed(pack_cards.list_for(member)) if card.state != "offered"
    }
    return [
        CardPack(
            platform=pack.platform, name=templates.PLATFORMS[pack.platform],
            state=states.get(pack.platform, "none"),
            label=pack_cards.STATES.get(states.get(pack.platform, ""), "未添加"),
        )
        for pack in live
    ]  # fmt: skip
