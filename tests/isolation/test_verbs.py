"""No company reaches another through the store: every verb is tried with the rival's rows and ids.

A verb that this page does not know how to try fails the test, so none is added untried.
"""

import importlib
import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import peewee
import pytest
from pydantic import TypeAdapter

from store import wings
from store.activities import conversation, qr_codes
from store.activities.answers import Text
from store.company import channels, tenants
from store.kernel.events import Event
from store.kernel.refusals import Refused
from store.loyalty import (
    check_ins,
    coupon_batches,
    coupon_gifts,
    coupon_rules,
    memberships,
    order_accruals,
    point_returns,
    value_proofs,
)
from store.loyalty.tiers import Move, Term
from store.people import customers, fans, identities, members, sessions
from store.shop import shop_lists, shops
from store.shop.places import Place
from store.shop.revisions import ShopRevision
from tests.isolation.rival import DENIED, rivals_rows
from tests.store.loyalty import coupon_world

ROWS = "code,name,lng,lat\nrival-shop,对门超市,121.4737,31.2304\n"

# What takes no tenant's rows: the registry and its connections, and declarations made while importing.
OUTSIDE = {
    "company.tenants": {
        "open_registry", "create", "using", "listing", "slugs", "migrate", "enter_account_key", "owner_of",
        "close_all",
    },
    "company.channels": {"fault_of_seal"},
    # Below the verbs: they are handed rows that a verb has found and locked.
    "loyalty.point_moves": None,
    "loyalty.earnings": None,
    "loyalty.purchases": {"enter"},
    # Counts from what it is given.
    "loyalty.accrual": None,
    "loyalty.point_returns": {"summed", "returned_by"},
    "loyalty.check_ins": {"still_due"},
    "loyalty.points": {"in_key"},
    "people.merges": {"moved", "stays", "moved_with", "moved_unless_there", "carries"},
    # Below a merge and its undo: they are handed rows of the two people.
    "people.merge_journal": None,
    "activities.qr_pictures": {"png", "svg"},
    "activities.menus": {"platform_form", "differences", "width"},
    "activities.answers": {"read", "written"},
    "people.profiles": {"index_of"},
    "loyalty.top_ups": {"record"},  # parts of verbs of the top-up's other files, and those are tried
    "loyalty.top_up_refunds": {"give_back"},
    "loyalty.value_spends": {"split"},
    "loyalty.costs": {"total"},
    "people.phones": {"normal", "index"},
    "shop.atlas": {"doubt_m", "measured_m"},
    "shop.hours": {"are_open", "sign", "text"},
    "shop.places": None,
    "loyalty.coupon_terms": None,
    "loyalty.coupon_baskets": None,
    "loyalty.coupon_reasons": None,
    "loyalty.coupon_takings": None,
    "loyalty.coupon_piles": None,
    "loyalty.coupon_sets": None,
    "loyalty.coupon_quotes": None,
    "loyalty.coupon_faces": None,
    "checks": None,
}  # fmt: skip


def test_every_verb_leaves_the_rival_as_it_was(acme, rival, unchanged):
    """Each verb, in acme's name, with the rival's rows and ids wherever it takes one."""
    given, of_noun, of_verb = by_parameter(rival), by_noun(rival), by_verb(rival)
    tried = 0
    for name, verb in verbs():
        known = {**given, **of_noun.get(name.partition(".")[0], {}), **of_verb.get(name, {})}
        arguments = {
            parameter.name: known[parameter.name]
            for parameter in inspect.signature(verb).parameters.values()
            if wanted(parameter, name, known)
        }
        before = rivals_rows()
        call(verb, arguments)
        assert rivals_rows() == before, name
        tried += 1
    assert tried > 80, "the walk has lost its way"


def verbs() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function of the wings above the kernel, as `points.earn`."""
    for wing, nouns in wings.ORDER.items():
        for noun in nouns if wing != "kernel" and wing not in OUTSIDE else ():
            outside = OUTSIDE.get(f"{wing}.{noun}", set())
            module = importlib.import_module(f"store.{wing}.{noun}")
            for name, function in vars(module).items():
                is_ours = inspect.isfunction(function) and function.__module__ == module.__name__
                if is_ours and not name.startswith("_") and outside is not None and name not in outside:
                    yield f"{noun}.{name}", function


def wanted(parameter: inspect.Parameter, verb: str, known: dict[str, Any]) -> bool:
    """Whether to fill a parameter; one that must be filled and is not known here fails the test."""
    if parameter.name in known and parameter.kind is not parameter.VAR_KEYWORD:
        return True
    needed = parameter.default is parameter.empty and parameter.kind not in (
        parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL,
    )  # fmt: skip
    assert not needed, f"say in by_parameter or by_verb what to give to {verb}({parameter.name})"
    return False


def call(verb: Callable[..., Any], arguments: dict[str, Any]) -> None:
    """The verb may refuse, or stumble over a row that is not there; it may not fail in another way.

    What it hands out in portions is done to the last.

    The store asserts that rows which are never deleted are there; in acme the rival's are not.
    """
    try:
        answer = verb(**arguments)
        for portion in answer if inspect.isgenerator(answer) else ():
            if callable(portion):
                portion()
    except (Refused, peewee.DoesNotExist, peewee.IntegrityError, AssertionError):
        return


def by_parameter(rival: SimpleNamespace) -> dict[str, Any]:
    """What a parameter of a name is given: the rival's where it names something, else anything fitting."""
    scene = rival.qr_code.scene
    message = conversation.Message(kind="subscribe", sender="rival-openid", number="1", scene=scene)
    return {
        "customer": rival.customer, "customer_id": rival.customer.id, "customer_ids": [rival.customer.id],
        "keep": rival.customer, "lose": rival.customer, "member": rival.member, "member_id": rival.member.id,
        "public_id": rival.customer.public_id, "number": rival.member.card_number, "token": rival.token,
        "session": SimpleNamespace(id=10**6), "identity": rival.identity, "phone": rival.phone,
        "phone_index": rival.sms_row.phone_index, "channel": rival.official, "channel_id": rival.official.id,
        "appid": rival.mini.appid, "openid": "rival-openid", "unionid": "rival-union", "shop": rival.shop,
        "revision": ShopRevision(drawn="", changed=""),
        "shop_id": rival.shop.id, "shop_ids": [rival.shop.id], "shops": [rival.shop], "account": rival.account,
        "group": rival.group, "programme": rival.programme, "programme_id": rival.programme.id,
        "code_id": rival.qr_code.id,
        "scene": scene, "publication_id": rival.publication.id, "event": rival.event,
        "before_id": 10**6, "message": message, "said": [Text(text="你好")], "first_time": True, "by_follow": True,
        "place": Place(121.4737, 31.2304), "at": None, "first": date(2026, 11, 1),
        "day": date(2026, 11, 1), "moment": datetime(2026, 11, 1, tzinfo=UTC), "address": "203.0.113.7",
        "key": "rival-key", "code": "rival-code", "name": "对门", "source": "pos", "proof": "phone",
        "purpose": "register", "kind": "behaviour_increase", "value": 5, "reason": "活动", "fields": ["name"],
        "text": "你好", "seed": "1", "words": ["你好"], "match": "equals", "ticket": "t", "url": "http://t",
        "expires_at": None, "target": rival.shop.public_id, "subject": "rival-openid", "provider": "wechat",
        "amount_fen": 100, "till": "rival-till",
        "platform_number": "rival-4200", "refund_key": "rival-refund", "row": rival.value_spend,
        "top_up": rival.top_up,
        "verb": "test", "secret": "s" * 32, "order_number": "rival-order", "part": 1, "whole": 1,
        "paid_fen": 100, "total_fen": 1000, "refunded_fen": 1,
        "cost_centre": rival.cost_centre, "rule_id": rival.rule.id,
        "last_day": date(2026, 11, 1), "since": datetime(2026, 11, 1, tzinfo=UTC),
        "until": datetime(2026, 12, 1, tzinfo=UTC), "order": rival.order, "rules": [rival.rule],
        "tier": rival.tier, "measure": rival.tier_rule.measure, "active": rival.tier_record, "because": {},
        "coupon": rival.coupon, "coupon_id": rival.coupon.id, "codes": [rival.coupon.code],
        "basket": coupon_world.basket(), "giver": rival.member, "receiver": rival.member, "gift": rival.gift,
        "batch": rival.batch, "member_ids": [rival.member.id], "approver": "王店长", "version": "0" * 64,
        "opinion": "可以", "quantity": 1, "cost_fen": 0, "to": [rival.member], "origin": "claim",
        "state": "listed", "word": "修改", "merge": rival.merge, "merge_id": rival.merge.id,
        "read": lambda: rival.value_spend,
    }  # fmt: skip


def by_noun(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Where a name means the same in a whole file and something else than elsewhere."""
    rule = {"rule": rival.coupon_rule, "rule_id": rival.coupon_rule.id}
    nouns = ("coupon_rules", "coupon_stock", "coupons", "coupon_batches", "coupon_uses", "coupon_figures")
    return dict.fromkeys(nouns, rule)


def by_verb(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Where a name means something else than elsewhere."""
    button = {"type": "click", "name": "签到", "key": "check_in"}
    return {
        "codes.check": {"code": rival.sms_code},
        "codes.use": {"code": rival.sms_row},
        "memberships.prove": {"code": rival.sms_code},
        "memberships.register_by_sms": {"code": rival.sms_code},
        "memberships.register": {"proof": memberships.Proof(phone=rival.phone, code=rival.sms_row)},
        "sessions.close": {"session": rivals_session(rival)},
        "settings.read": {"topic": check_ins.CheckInRules},
        "settings.change": {"topic": check_ins.CheckInRules},
        "members.of_cards": {"numbers": [rival.member.card_number]},
        "channels.of_key": {"key": "rival-mini"},
        "channels.add": {"kind": "wechat_miniprogram", "key": "rival-mini"},
        "channels.first_of": {"kind": "sms"},
        "shops.of_public_id": {"public_id": rival.shop.public_id},
        "shops.of_code": {"code": rival.shop.code},
        "value_ledger.post": {
            "account": rival.value_account,
            "moves": {"principal": 1, "cash": -1},
            "kind": "top_up",
        },
        **{
            f"stored_values.{verb}": {"account": rival.value_account, "added_fen": 1, "room_fen": 0}
            for verb in ("refuse_frozen", "refuse_over", "renew_limit", "room_for_top_up")
        },
        "top_up_rules.add": {"code": "rival-rule", "steps": [{"amount_fen": 1, "bonus_fen": 1}]},
        "top_up_rules.end": {"code": "rival-rule"},
        **{
            f"top_ups.{verb}": {
                "number": rival.top_up.number,
                "channel": "wechat",
                "key": "rival-top-up",
                "state": "returned",
                "kind": "top_ups.paid",
            }
            for verb in ("ask", "locked", "move")
        },
        "top_up_payments.confirm": {"number": rival.top_up.number, "channel": "wechat"},
        "top_up_payments.take_cash": {"key": "rival-top-up"},
        "top_up_refunds.ask": {"number": rival.top_up.number},
        "top_up_refunds.done": {"number": rival.top_up_refund.number},
        "top_up_refunds.bonus_share": {"refunded_fen": 1},
        "payment_codes.is_one": {"code": rival.payment_code},
        "payment_codes.read": {"code": rival.payment_code},
        "payment_codes.use": {"code": rival.payment_code_row},
        "value_proofs.by_payment_code": {"code": rival.payment_code},
        "value_proofs.by_session": {"session": rivals_session(rival)},
        "value_proofs.by_code": {"code": rival.sms_code},
        "value_proofs.by_code_of_manager": {"code": rival.sms_code},
        "value_proofs.spend": {
            "proof": value_proofs.Proof(
                kind="payment_code", member_id=rival.member.id, payment_code=rival.payment_code_row
            )
        },
        **{
            f"value_spends.{verb}": {"key": "rival-held", "proof": None}
            for verb in ("commit", "release", "hold", "spend", "refund")
        },
        "value_spends.spend_proved": {"key": "rival-held", "prove": lambda: None},
        "value_spends.bonus_share": {"refunded_fen": 1},
        "coupon_batches.go_on": {"event": SimpleNamespace(properties={"batch_id": rival.batch.id})},
        "coupon_batches.open_batch": {"number": "rival-batch"},
        "coupon_batches.of_number": {"number": "rival-batch"},
        "coupon_gifts.accept": {"token": rival.gift_token},
        "coupon_gifts.of_token": {"token": rival.gift_token},
        "coupon_gifts.refuse": {"token": rival.gift_token},
        "coupon_rules.draft": {"values": coupon_world.values()},
        "coupon_rules.edit": {"values": {"name": "对门的券"}},
        "coupon_rules.of_public_id": {"public_id": rival.coupon_rule.public_id},
        "coupon_offers.of_public_id": {"public_id": rival.coupon_rule.public_id},
        "coupon_wallets.page": {"tab": "available"},
        "coupon_wallets.of_code": {"code": rival.coupon.code},
        "coupon_links.opened": {"token": rival.gift_token},
        "coupons.move": {"state": "used"},
        "coupons.of_code": {"code": rival.coupon.code},
        "check_ins.run": {"first": date(2026, 11, 1), "last": date(2026, 11, 30)},
        "points.spend": {"kind": "gift_redemption"},
        "point_returns.take_back": {"key": f"order:rival-order:1:{rival.rule.id}:transaction"},
        "point_returns.give_back": {"key": "rival-gift"},
        "accruals.reverse": {"lines": [point_returns.ReturnedLine(line="1", part=1, whole=1)]},
        "accruals.entries": {"order_number": "rival-order"},
        "accruals.enter_all": {"orders": [(rival.member.id, rival.order)]},
        "purchases.enter_all": {"rows": [purchase_of(rival)]},
        "purchases.known": {"order_numbers": ["rival-order"]},
        "order_accruals.tell_returned": {"returned": RETURNED},
        "order_accruals.book": {"event": told(rival, "orders.paid")},
        "order_accruals.book_all": {"some": [told(rival, "orders.paid")]},
        "order_accruals.reverse": {"event": told(rival, "orders.returned")},
        "tier_rules.replace": {"rules": [rival.tier_rule]},
        "tier_rules.check": {"rules": [rival.tier_rule]},
        "tier_moves.preview": {"rules": [rival.tier_rule]},
        "point_rules.add": {"basis": "amount", "points": 1, "per": 100},
        "tiers.move": {"kind": "upgraded", "at": datetime(2026, 11, 1, tzinfo=UTC)},
        "point_rules.end_multiplier": {"multiplier_id": rival.multiplier.id},
        "points.entry_of": {"fits": lambda row_id: row_id == rival.entry.id},
        "point_relations.of": {"entry": rival.entry},
        "tier_rule_lists.read": {
            "values": [{"tier": "gold", "basis": "spend", "window_days": 1, "at_least": 1}]
        },
        "tier_rule_lists.written": {"rules": [rival.tier_rule]},
        "tier_words.keep": {"row": rival.tier_rule, "gathered": 1},
        "tier_words.rule": {"row": rival.tier_rule},
        "tier_words.upgrade": {"row": rival.tier_rule, "gathered": 1},
        "tier_words.because": {"record": rival.tier_record},
        "tier_words.lasting": {"valid": rival.tier.valid},
        "top_up_rules.in_words": {"rule": rival.top_up_rule},
        "tiers.of_all": {"members": [rival.member]},
        "tier_moves.judge_all": {"records": [rival.tier_record]},
        "tiers.move_on": {"moves": [rivals_move(rival)]},
        "tier_rules.gathered_each": {
            "wanted": [(rival.tier_rule.measure, datetime(2026, 11, 1, tzinfo=UTC))]
        },
        "tier_rules.gathered_in_terms": {"terms": [rivals_move(rival).term]},
        "reminders.left": {"event": rivals_reminder(rival, "points.ending_soon")},
        "announcements.points_end": {"event": rivals_reminder(rival, "points.ending_soon")},
        "announcements.coupons_end": {"event": rivals_reminder(rival, "coupons.ending_soon")},
        "point_rules.multiply": {"occasion": "birthday_day", "percent": 200},
        "point_returns.reverse": {"lines": [point_returns.ReturnedLine(line="1", part=1, whole=1)]},
        "menus.save": {"values": {"button": [button]}},
        "menus.begin": {"event_id": rival.event.id},
        "qr_codes.design": {"kind": "shop"},
        "qr_codes.shop_of": {"code": rival.qr_code},
        "shop_lists.read": {"text": ROWS},
        "shop_lists.try_out": {"lines": shop_lists.read(ROWS)},
        "shop_lists.open_all": {"lines": shop_lists.read(ROWS)},
        "replies.save_all": {"rules": []},
        "replies.save": {"answers_": [{"type": "text", "text": "你好"}], "place": 1},
        "nearby.find": {"first": 0},
    }


def purchase_of(rival: SimpleNamespace) -> dict[str, Any]:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return {"member": rival.member, "order_number": "rival-order", "paid_fen": 1, "shop_id": None, "at": at}


def rivals_move(rival: SimpleNamespace) -> Move:
    record, moment = rival.tier_record, datetime(2026, 11, 1, tzinfo=UTC)
    term = Term(record.id, rival.member.id, rival.customer.id, rival.tier, moment, moment)
    return Move(term, rival.tier, "retained", {})


def rivals_reminder(rival: SimpleNamespace, kind: str) -> Event:
    facts = {"group_id": rival.group.id, "day": "2026-11-01", "days_ahead": 7}
    return Event(
        id=10**6, kind=kind, customer_id=rival.customer.id, member_id=rival.member.id, properties=facts
    )


RETURNED = order_accruals.ReturnedOrder(
    order_number="rival-order", number="R", lines=(point_returns.ReturnedLine("1", 1, 1),), refunded_fen=1
)


def told(rival: SimpleNamespace, kind: str) -> SimpleNamespace:
    """An event that speaks of the rival's order and member."""
    told = RETURNED if kind == "orders.returned" else rival.order
    facts = TypeAdapter(type(told)).dump_python(told, mode="json")
    facts.pop("shop_id", None)
    return SimpleNamespace(kind=kind, member_id=rival.member.id, shop_id=None, properties=facts)


def rivals_session(rival: SimpleNamespace) -> sessions.Session:
    with tenants.using("rival"):
        return sessions.of_token(rival.token)


@pytest.mark.parametrize(
    ("look_up", "name"),
    [
        (customers.of_public_id, lambda rival: rival.customer.public_id),
        (members.of_card, lambda rival: rival.member.card_number),
        (members.of_card, lambda rival: rival.member.public_id),
        (sessions.of_token, lambda rival: rival.token),
        (channels.of_key, lambda rival: "rival-mini"),
        (shops.of_public_id, lambda rival: rival.shop.public_id),
        (shops.of_code, lambda rival: rival.shop.code),
        (coupon_rules.of_public_id, lambda rival: rival.coupon_rule.public_id),
        (coupon_gifts.of_token, lambda rival: rival.gift_token),
        (coupon_batches.of_number, lambda rival: "rival-batch"),
        (identities.phone_holder, lambda rival: rival.phone),
        (lambda scene: qr_codes.of_scene(channels.of_key("acme-mp"), scene), lambda rival: rival.qr_code.scene),
        (lambda unionid: identities.holder(
            provider=identities.UNIONID, account="group", subject=unionid), lambda rival: "rival-union"),
    ],
)  # fmt: skip
def test_no_name_of_the_rival_leads_anywhere(acme, rival, unchanged, look_up, name):
    with tenants.using("rival"):
        assert name(rival)
    assert found(look_up, name(rival)) is None


def found(look_up: Callable[[str], Any], name: str) -> Any:
    """What a name leads to; None also where the answer is that there is nothing of that name."""
    try:
        return look_up(name)
    except Refused as refused:
        return None if refused.status in DENIED else refused


def test_the_control_finds_them_all_at_home(acme, rival):
    """The names are right: in the rival's own house each of them leads to its row."""
    with tenants.using("rival"):
        assert customers.of_public_id(rival.customer.public_id) == rival.customer
        assert members.of_card(rival.member.card_number) == rival.member
        assert shops.of_public_id(rival.shop.public_id) == rival.shop
        assert sessions.of_token(rival.token).customer == rival.customer
        assert identities.phone_holder(rival.phone) == rival.customer


def test_the_control_sees_a_change_at_the_rival_s(acme, rival):
    before = rivals_rows()
    with tenants.using("rival"):
        fans.known(channel=rival.mini, openid="somebody", source="wechat_miniprogram")
    assert rivals_rows() != before
