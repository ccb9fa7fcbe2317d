"""Card templates that are live in both packs, members with cards in them, and a fake of both platforms."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from platforms.card_answers import CardFields, CardState
from platforms.errors import OutcomeUnknownError
from store.core import clock
from store.customers import identities
from store.customers.members import Member
from store.member_cards import holders, pack_templates, templates
from store.member_cards.holders import ReceivedCard
from store.member_cards.pack_cards import PackCard
from store.member_cards.pack_templates import PackTemplate
from store.member_cards.templates import CardTemplate
from store.tenants import channels
from store.tenants.channels import Channel

CARD_ID, TEMPLATE_ID = "pCard1", "20261129000000000001"
PICTURE = "/pictures/acme/" + "a" * 24 + ".png"
VALUES: dict[str, Any] = {
    "title": "小二会员", "brand": "小二便利", "colour": "Color010", "logo_url": PICTURE, "cover_url": PICTURE,
    "privileges": "会员价、积分抵现", "instructions": "结账时出示会员码", "notice": "请向店员出示",
    "platforms": ["wechat", "alipay"],
}  # fmt: skip


def add_alipay_channel() -> Channel:
    """The Alipay application of the tenant, with keys that are never used."""
    return channels.add(
        kind="alipay", name="小二生活号", appid="2021000000000001", secret="key", platform_public_key="key"
    )


def make_live_template(**values: Any) -> CardTemplate:
    """A template in use, as if both platforms had confirmed it."""
    if channels.find_first("alipay") is None:
        add_alipay_channel()
    row = templates.add(**{**VALUES, **values})
    pack_templates.activate(public_id=row.public_id)
    for pack in pack_templates.list_for(row):
        platform_id = CARD_ID if pack.platform == "wechat" else TEMPLATE_ID
        PackTemplate.update(
            platform_id=platform_id, state="live", due_at=None, shown_version=row.changed_at,
            facts={"logo": "logo", "apply_url": "https://render.alipay.com/apply"},
        ).where(PackTemplate.id == pack.id).execute()  # fmt: skip
    return templates.get(row.public_id)


def wechat_channel() -> Channel:
    """The official account that owns the cards."""
    found = channels.find_first("wechat_official")
    assert found is not None
    return found


def receive(openid: str, code: str, *, at: datetime | None = None, **rest: Any) -> PackCard:
    """The event of a card that has arrived in a person's pack."""
    received = ReceivedCard(card_id=CARD_ID, code=code, openid=openid, at=at or clock.now(), **rest)
    card = holders.receive(channel=wechat_channel(), received=received)
    assert card is not None
    return card


def give_openid(member: Member, openid: str) -> None:
    """Let the member be known by an openid of the official account."""
    identities.bind(
        member.customer, provider=identities.WECHAT, account=wechat_channel().appid, subject=openid
    )


@dataclass
class FakePacks:
    """Both platforms: what each card shows, with calls that are lost before or after they are executed."""

    chance: random.Random
    lost_share: float = 0.0
    shown: dict[str, CardFields] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    gone: set[str] = field(default_factory=set)
    opened: dict[str, str] = field(default_factory=dict)

    def update_fields(self, *arguments: Any, at: datetime | None = None) -> None:
        """The call of WeChat has the card's id first, that of Alipay has a time."""
        *_, code, fields = arguments
        self._execute(code, fields)

    def activate(self, card_id: str, code: str, *, number: str, fields: CardFields) -> None:
        self._execute(code, fields)

    def open_card(self, template_id: str, *, number: str, fields: CardFields, **rest: Any) -> str:
        code = self.opened.setdefault(number, f"xe{len(self.opened):010d}")
        self._execute(code, fields)
        return code

    def withdraw(self, card_id: str, code: str) -> None:
        self._execute(code, None)

    def delete(self, card_no: str, *, number: str) -> None:
        self._execute(card_no, None)

    def read_card(self, *arguments: Any) -> CardState:
        code = arguments[-1]
        self.calls["read"] += 1
        state = "deleted" if code in self.gone else "active" if code in self.shown else "inactive"
        return CardState(state, self.shown.get(code, CardFields()))

    def _execute(self, code: str, fields: CardFields | None) -> None:
        self.calls["all"] += 1
        fate = self.chance.random()
        if fate < self.lost_share / 2:
            self.calls["lost"] += 1
            raise OutcomeUnknownError("fake", "timeout", "平台没有及时应答")
        if fields is None:
            self.gone.add(code)
        else:
            old = self.shown.get(code, CardFields())
            self.shown[code] = CardFields(
                *(
                    new if new is not None else before
                    for new, before in zip(_values(fields), _values(old), strict=True)
                )
            )
        if fate < self.lost_share:
            self.calls["lost"] += 1
            raise OutcomeUnknownError("fake", "timeout", "平台没有及时应答")


def _values(fields: CardFields) -> tuple[int | None, int | None, str | None]:
    return fields.points, fields.balance_fen, fields.tier
