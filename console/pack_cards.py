"""Pack cards (卡包会员卡): what the card packs show, what the platforms reject, and trying it again."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.member_cards import card_list, contents, pack_cards, templates
from store.member_cards.card_list import CardFilter
from store.member_cards.pack_cards import PackCard

bp = APIBlueprint("console_pack_cards", __name__, url_prefix="/console/api/pack-cards", enable_openapi=False)


class CardQuery(ListQuery):
    """Which cards are listed. `search` is a whole card number, code or phone."""

    search: Search = ""
    platform: Literal["wechat", "alipay"] | None = None
    state: (
        Literal[
            "got", "activating", "active", "gifting", "given", "deleted", "withdrawing", "unavailable"
        ]
        | None
    ) = None  # fmt: skip
    problem: Literal["yes", "no"] | None = None


@bp.get("")
@staff_required("pack_cards.read")
@bp.input(CardQuery, location="query")
def list_cards(caller: StaffCaller, query_data: CardQuery) -> Response:
    criteria = CardFilter(
        search=query_data.search, platform=query_data.platform, state=query_data.state,
        problem=None if query_data.problem is None else query_data.problem == "yes", shop_ids=caller.shop_ids,
    )  # fmt: skip
    rows, total = card_list.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.post("/<reference>/retries")
@staff_required("pack_cards.edit")
def retry_card(reference: str, caller: StaffCaller) -> Response:
    card_list.get(reference, shop_ids=caller.shop_ids)
    return respond_once(
        caller,
        None,
        lambda: _to_row(card_list.get(card_list.retry(reference=reference).reference, shop_ids=None)),
    )


def _to_row(row: PackCard) -> dict[str, Any]:
    shown = contents.parse(row.pushed) or contents.CardContent()
    return {
        "reference": row.reference, "card_number": row.member.card_number if row.member else None,
        "platform": templates.PLATFORMS[row.platform], "title": row.template.template.title, "code": row.code,
        "state": row.state, "label": pack_cards.STATES[row.state], "points": shown.points,
        "balance_fen": shown.balance_fen, "tier": shown.tier, "problem": row.problem,
        "is_waiting": row.due_at is not None, "state_at": row.state_at.isoformat(),
        "created_at": row.created_at.isoformat(),
    }  # fmt: skip
