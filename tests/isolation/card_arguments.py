"""Arguments of the member cards: the template and the card of the other tenant."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from store.member_cards.card_list import CardFilter
from store.member_cards.contents import CardContent
from store.member_cards.holders import ReceivedCard
from store.member_cards.joins import FormAnswer
from store.member_cards.pack_cards import PackCard
from store.member_cards.pack_templates import PackTemplate
from store.member_cards.pushing import PushRequest
from store.member_cards.templates import TemplateFilter
from tests.support import card_fixtures
from tests.support.card_fixtures import CARD_ID

CODE = "rival-code"
AT = datetime(2026, 11, 1, tzinfo=UTC)


def create_card() -> tuple[PackTemplate, PackCard]:
    """A template that is live, and a card in the pack of the rival's claimant."""
    template = card_fixtures.make_live_template(activations=("auto",))
    card = card_fixtures.receive("rival-claimant", CODE)
    pack = PackTemplate.get(template=template, platform="wechat")
    pack.template = template  # read here, because in acme its row is not there
    return pack, PackCard.get_by_id(card.id)


def values_by_module(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Return the arguments by module."""
    card, pack = rival.pack_card, rival.pack_template
    common = {
        "card": card, "pack": pack, "template": pack.template, "public_id": pack.template.public_id,
        "reference": card.reference, "platform": "wechat", "platform_id": CARD_ID, "code": CODE, "card_id": CARD_ID,
        "channel": rival.official, "at": AT, "programme_id": rival.programme.id, "shop_ids": None,
    }  # fmt: skip
    request = PushRequest(card, "update", CardContent(1, 2, "x"), 0)
    received = ReceivedCard(CARD_ID, CODE, "rival-claimant", AT)
    own = {
        "pack_cards": {"card_id": card.id, "member_ids": [rival.member.id]},
        "templates": {"activations": ("auto",), "criteria": TemplateFilter(), "row": pack.template, "day": AT.date()},
        "pack_templates": {
            "pack_template_id": pack.id, "row": pack, "state": "live", "version": AT, "reason": "x", "is_final": True,
            "passed": True, "tickets": {"card": "x"}, "lasts_s": 1,
        },
        "contents": {"value": {"points": 1}},
        "pushing": {"claimed": card, "done": request, "request": request, "reason": "x", "until": AT},
        "holders": {"received": received, "use": "user_consume_card"},
        "observations": {"state": "deleted"},
        "joins": {
            "phone": rival.phone, "is_active": False, "answer": FormAnswer("2088000000000001", "", rival.phone, "t"),
        },
        "reconciliation": {
            "after_id": 0, "limit": 5, "shown": CardContent(1, 2, "x"), "expected": CardContent(1, 2, "x"),
        },
        "card_list": {"criteria": CardFilter(search=CODE)},
    }  # fmt: skip
    return {f"member_cards.{name}": common | values for name, values in own.items()}
