"""The control routes of card packs: what is in the packs of a person, and what the person does with it."""

from typing import Any

from flask import Blueprint

from sandbox.alipay_cards import check_person_action
from sandbox.errors import SandboxError
from sandbox.held_cards import HeldCard
from sandbox.routes.request_context import control_payload, sandbox_state

card_control = Blueprint("card_control", __name__)


@card_control.get("/sandbox/people/<person_id>/cards")
def list_cards(person_id: str) -> dict[str, Any]:
    state = sandbox_state()
    cards = state.held_cards.list_for(state.people.get(person_id).id)
    return {"list": [{**card.to_json(), "is_own": card.person_id == person_id} for card in cards]}


@card_control.post("/sandbox/people/<person_id>/cards")
def add_card(person_id: str) -> tuple[dict[str, Any], int]:
    """Add a card of WeChat, as `wx.addCard` does: `{"card_id", "card_ext"}`."""
    payload = control_payload()
    card = sandbox_state().wechat_cards.add(
        person_id, card_id=str(payload.get("card_id", "")), card_ext=str(payload.get("card_ext", ""))
    )
    return card.to_json(), 201


@card_control.post("/sandbox/people/<person_id>/cards/<code>/actions")
def do_action(person_id: str, code: str) -> dict[str, Any]:
    """Execute an action of a person: `{"action"}` is activate, view, delete, pay, gift, accept or return_gift.

    `gift` names the `friend`, who then does `accept`.
    """
    state, payload = sandbox_state(), control_payload()
    action = str(payload.get("action", ""))
    if action == "accept":
        card = state.held_cards.find("wechat", code)
        if card is None or card.state != "GIFTING" or card.given_to != person_id:
            raise SandboxError("no_such_card", "没有人把这张卡转赠给您", 404)
        return state.wechat_cards.accept_gift(person_id, card).to_json()
    card = state.held_cards.get_own(person_id, code)
    if card.platform == "alipay":
        check_person_action(action)
        state.alipay_cards.delete(card)
        return card.to_json()
    return {**card.to_json(), **_act(card, action, payload)}


@card_control.put("/sandbox/cards/reviews")
def set_reviews() -> dict[str, Any]:
    """Set whether new cards of WeChat pass at once: `{"at_once"}`."""
    sandbox_state().wechat_cards.reviews_at_once = control_payload().get("at_once") is True
    return {"at_once": sandbox_state().wechat_cards.reviews_at_once}


@card_control.post("/sandbox/cards/<card_id>/reviews")
def review_card(card_id: str) -> dict[str, Any]:
    """Decide about a card of WeChat: `{"passed", "reason"}`."""
    cards, payload = sandbox_state().wechat_cards, control_payload()
    if cards.find_type(card_id) is None:
        raise SandboxError("no_such_card", "没有这张会员卡", 404)
    cards.review(card_id, passed=payload.get("passed") is True, reason=str(payload.get("reason", "")))
    return {"ok": True}


def _act(card: HeldCard, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    cards = sandbox_state().wechat_cards
    if action == "activate":
        return {"open": cards.activate_form(card)}
    if action == "view":
        cards.report("user_view_card", card, OuterStr=card.reference)
    elif action == "delete":
        card.state = "DELETE"
        cards.report("user_del_card", card)
    elif action == "pay":
        cards.report(
            "user_pay_from_pay_cell", card, TransId="4200000000", LocationId=0, Fee="100", OriginalFee="100"
        )
    elif action == "gift":
        _begin_gift(card, str(payload.get("friend", "")))
    elif action == "return_gift":
        cards.return_gift(card)
    else:
        raise SandboxError("bad_action", "不认识的操作")
    return card.to_json()


def _begin_gift(card: HeldCard, friend_id: str) -> None:
    state = sandbox_state()
    friend, row = state.people.get(friend_id), state.wechat_cards.find_type(card.card_id)
    if row is None or not row.base.get("can_give_friend"):
        raise SandboxError("not_giftable", "这张卡不能转赠", 409)
    if card.state != "NORMAL" or friend.id == card.person_id:
        raise SandboxError("not_giftable", "现在不能转赠", 409)
    card.state, card.given_to = "GIFTING", friend.id
    state.wechat_cards.report("user_gifting_card", card, IsReturnBack=0, FriendUserName="", IsChatRoom=0)
