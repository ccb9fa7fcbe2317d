"""No tenant reaches another through the store: every verb is tried with the rival's rows and ids.

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

from store import layers
from store.check_ins import check_ins
from store.core.errors import DomainError
from store.core.events import Event
from store.coupons import bulk_issue as coupon_bulk_issue
from store.coupons import gifts as coupon_gifts
from store.coupons import rules as coupon_rules
from store.customers import customers, followers, identities, members, sessions
from store.membership import registration
from store.official_accounts import message_content, qr_codes
from store.official_accounts.message_content import Text
from store.points import order_events as point_order_events
from store.points import reversals as point_reversals
from store.shops import csv_import as shop_csv_import
from store.shops import shops
from store.shops.cache_version import ShopCacheVersion
from store.shops.coordinates import Coordinates
from store.stored_value import authorization as stored_value_authorization
from store.tenants import channels, registry
from store.tiers.tiers import EndingRecord, TierTransition
from tests.isolation.other_tenant import DENIED_STATUSES, rows_of_other_tenant
from tests.support import coupon_fixtures

ROWS = "code,name,lng,lat\nrival-shop,对门超市,121.4737,31.2304\n"

# Functions that take no rows of a tenant: the registry and its connections, declarations made at import.
EXEMPT = {
    "tenants.registry": {
        "open_registry", "create_tenant", "use_tenant", "list_tenants", "list_slugs", "migrate_tenant",
        "register_account_key", "get_slug_by_account_key", "close_all",
    },
    "tenants.channels": {"find_encryption_problem"},
    # Below the operations: their callers pass rows that they have found and locked.
    "points.postings": None,
    "points.bulk_posting": None,
    "purchases": {"post"},
    # Counts from what it is given.
    "points.accrual": None,
    "points.reversals": {"merge_lines", "returned_share"},
    "check_ins.check_ins": {"outstanding_reward"},
    "points.points": {"escape_key_part"},
    "customers.merging.rules": None,
    # Below a merge and its undo: they are handed rows of the two people.
    "customers.merging.journal": None,
    "official_accounts.qr_images": {"render_png", "render_svg"},
    "official_accounts.menus": {"to_wechat_json", "diff", "display_width"},
    "official_accounts.message_content": {"parse", "serialize"},
    "customers.profiles": {"blind_index_of"},
    "stored_value.top_ups": {"record_event"},  # parts of verbs of the top-up's other files, and those are tried
    "stored_value.top_up_refunds": {"refund_whole_payment"},
    "stored_value.payments": {"split_principal_and_bonus"},
    "insight.cost_report": {"sum_costs"},
    "customers.phones": {"normalize", "blind_index"},
    "shops.spatial_index": {"error_bound_m", "approximate_distance_m"},
    "shops.hours": {"is_open", "open_status", "status_text"},
    "shops.coordinates": None,
    "coupons.terms": None,
    "coupons.basket": None,
    "coupons.eligibility": None,
    "coupons.discounts": None,
    "coupons.candidates": None,
    "coupons.best_combination": None,
    "coupons.quotes": None,
    "coupons.display": None,
    "integrity": None,
    "key_rotation": None,
}  # fmt: skip


def test_every_verb_leaves_the_rival_as_it_was(acme, rival, rival_unchanged):
    """Each verb, in acme's name, with the rival's rows and ids wherever it takes one."""
    given, of_noun, of_verb = values_by_parameter(rival), values_by_module(rival), values_by_operation(rival)
    before, tried = rows_of_other_tenant(), 0
    for name, verb in list_operations():
        known = {**given, **of_noun.get(name.rpartition(".")[0], {}), **of_verb.get(name, {})}
        arguments = {
            parameter.name: known[parameter.name]
            for parameter in inspect.signature(verb).parameters.values()
            if is_required(parameter, name, known)
        }
        call_operation(verb, arguments)
        assert rows_of_other_tenant() == before, name
        tried += 1
    assert tried > 80, "the walk has lost its way"


def list_operations() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every public function of the packages above `core`, as `points.points.earn`."""
    for path in layers.list_modules():
        name = path.removeprefix("store.")
        package = name.partition(".")[0]
        exempt = EXEMPT.get(name, EXEMPT.get(package, set()))
        if package == "core" or exempt is None:
            continue
        module = importlib.import_module(path)
        for function_name, function in vars(module).items():
            is_ours = inspect.isfunction(function) and function.__module__ == module.__name__
            if is_ours and not function_name.startswith("_") and function_name not in exempt:
                yield f"{name}.{function_name}", function


def is_required(parameter: inspect.Parameter, operation: str, known: dict[str, Any]) -> bool:
    """Whether to fill a parameter; one that must be filled and is not known here fails the test."""
    if parameter.name in known and parameter.kind is not parameter.VAR_KEYWORD:
        return True
    needed = parameter.default is parameter.empty and parameter.kind not in (
        parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL,
    )  # fmt: skip
    assert not needed, f"say in by_parameter or by_verb what to give to {operation}({parameter.name})"
    return False


def call_operation(operation: Callable[..., Any], arguments: dict[str, Any]) -> None:
    """The verb may reject, or raise for a row that is not there; it may not fail in another way.

    What it hands out in batches is done to the last.

    The store asserts that rows which are never deleted are there; in acme the rival's are not.
    """
    try:
        answer = operation(**arguments)
        for batch in answer if inspect.isgenerator(answer) else ():
            if callable(batch):
                batch()
    except (DomainError, peewee.DoesNotExist, peewee.IntegrityError, AssertionError):
        return


def values_by_parameter(rival: SimpleNamespace) -> dict[str, Any]:
    """What a parameter of a name is given: the rival's where it names something, else anything fitting."""
    scene = rival.qr_code.scene
    message = message_content.IncomingMessage(
        kind="subscribe", sender="rival-openid", number="1", scene=scene
    )
    return {
        "customer": rival.customer,
        "customer_id": rival.customer.id,
        "customer_ids": [rival.customer.id],
        "survivor": rival.customer,
        "duplicate": rival.customer,
        "member": rival.member,
        "member_id": rival.member.id,
        "public_id": rival.customer.public_id,
        "number": rival.member.card_number,
        "token": rival.token,
        "session": SimpleNamespace(id=10**6),
        "identity": rival.identity,
        "phone": rival.phone,
        "phone_index": rival.sms_row.phone_index,
        "channel": rival.official,
        "channel_id": rival.official.id,
        "appid": rival.mini.appid,
        "openid": "rival-openid",
        "unionid": "rival-union",
        "shop": rival.shop,
        "shop_id": rival.shop.id,
        "shop_ids": [rival.shop.id],
        "shops": [rival.shop],
        "account": rival.account,
        "group": rival.group,
        "programme": rival.programme,
        "programme_id": rival.programme.id,
        "code_id": rival.qr_code.id,
        "scene": scene,
        "publication_id": rival.publication.id,
        "event": rival.event,
        "before_id": 10**6,
        "message": message,
        "replies": [Text(text="你好")],
        "messages": [Text(text="你好")],
        "first_time": True,
        "by_follow": True,
        "location": Coordinates(121.4737, 31.2304),
        "origin": Coordinates(121.4737, 31.2304),
        "at": None,
        "first_day": date(2026, 11, 1),
        "day": date(2026, 11, 1),
        "moment": datetime(2026, 11, 1, tzinfo=UTC),
        "address": "203.0.113.7",
        "client_ip": "203.0.113.7",
        "key": "rival-key",
        "code": "rival-code",
        "name": "对门",
        "source": "pos",
        "proof": "phone",
        "purpose": "register",
        "kind": "behaviour_increase",
        "value": 5,
        "reason": "活动",
        "fields": ["name"],
        "text": "你好",
        "seed": "1",
        "keywords": ["你好"],
        "match": "equals",
        "ticket": "t",
        "url": "http://t",
        "expires_at": None,
        "target": rival.shop.public_id,
        "subject": "rival-openid",
        "provider": "wechat",
        "amount_fen": 100,
        "till": "rival-till",
        "platform_number": "rival-4200",
        "refund_key": "rival-refund",
        "row": rival.value_spend,
        "top_up": rival.top_up,
        "action": "test",
        "secret": "s" * 32,
        "order_number": "rival-order",
        "numerator": 1,
        "denominator": 1,
        "paid_fen": 100,
        "total_fen": 1000,
        "refunded_fen": 1,
        "cost_centre": rival.cost_centre,
        "rule_id": rival.rule.id,
        "last_day": date(2026, 11, 1),
        "since": datetime(2026, 11, 1, tzinfo=UTC),
        "until": datetime(2026, 12, 1, tzinfo=UTC),
        "order": rival.order,
        "rules": [rival.rule],
        "tier": rival.tier,
        "measure": rival.tier_rule.measure,
        "active": rival.tier_record,
        "explanation": {},
        "coupon": rival.coupon,
        "coupon_id": rival.coupon.id,
        "codes": [rival.coupon.code],
        "basket": coupon_fixtures.make_basket(),
        "giver": rival.member,
        "receiver": rival.member,
        "gift": rival.gift,
        "batch": rival.batch,
        "member_ids": [rival.member.id],
        "approver": "王店长",
        "version": "0" * 64,
        "opinion": "可以",
        "quantity": 1,
        "cost_fen": 0,
        "recipients": [rival.member],
        "issue_key": "claim",
        "state": "listed",
        "merge": rival.merge,
        "merge_id": rival.merge.id,
        "load_row": lambda: rival.value_spend,
    }


def values_by_module(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Where a name means the same in a whole file and something else than elsewhere."""
    rule = {"rule": rival.coupon_rule, "rule_id": rival.coupon_rule.id}
    nouns = (
        "coupons.rules",
        "coupons.stock",
        "coupons.coupons",
        "coupons.bulk_issue",
        "coupons.redemptions",
        "coupons.statistics",
    )
    return dict.fromkeys(nouns, rule)


def values_by_operation(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Where a name means something else than elsewhere."""
    button = {"type": "click", "name": "签到", "key": "check_in"}
    return {
        "customers.identities.bind": {"value": None},
        "customers.sms_codes.verify": {"code": rival.sms_code},
        "customers.sms_codes.consume": {"code": rival.sms_row},
        "membership.registration.verify_phone": {"code": rival.sms_code},
        "membership.registration.register_by_sms": {"code": rival.sms_code},
        "membership.registration.register": {
            "verified_phone": registration.VerifiedPhone(phone=rival.phone, code=rival.sms_row)
        },
        "customers.sessions.close": {"session": session_of_other_tenant(rival)},
        "tenants.settings.read": {"group": check_ins.CheckInSettings},
        "tenants.settings.change": {"group": check_ins.CheckInSettings},
        "customers.members.find_by_cards": {"numbers": [rival.member.card_number]},
        "tenants.channels.get_by_key": {"key": "rival-mini"},
        "tenants.channels.add": {"kind": "wechat_miniprogram", "key": "rival-mini"},
        "tenants.channels.find_first": {"kind": "sms"},
        "shops.shops.find_cached": {"version": ShopCacheVersion(search_version="", version="")},
        "shops.shops.get_by_public_id": {"public_id": rival.shop.public_id},
        "shops.shops.get_by_code": {"code": rival.shop.code},
        "stored_value.ledger.post_entry": {
            "account": rival.value_account,
            "amounts": {"principal": 1, "cash": -1},
            "kind": "top_up",
        },
        **{
            f"stored_value.accounts.{verb}": {
                "account": rival.value_account,
                "added_fen": 1,
                "headroom_fen": 0,
            }
            for verb in ("ensure_not_frozen", "ensure_headroom", "apply_current_limit", "headroom_for_top_up")
        },
        "stored_value.top_up_rules.add": {"code": "rival-rule", "steps": [{"amount_fen": 1, "bonus_fen": 1}]},
        "stored_value.top_up_rules.end": {"code": "rival-rule"},
        **{
            f"stored_value.top_ups.{verb}": {
                "number": rival.top_up.number,
                "channel": "wechat",
                "key": "rival-top-up",
                "state": "refunded",
                "kind": "top_ups.paid",
            }
            for verb in ("request", "lock_with_account", "transition")
        },
        "stored_value.top_up_payments.confirm": {"number": rival.top_up.number, "channel": "wechat"},
        "stored_value.top_up_payments.take_cash": {"key": "rival-top-up"},
        "stored_value.top_up_refunds.request": {"number": rival.top_up.number},
        "stored_value.top_up_refunds.confirm": {"number": rival.top_up_refund.number},
        "stored_value.top_up_refunds.bonus_share": {"refunded_fen": 1},
        "stored_value.payment_codes.matches_format": {"code": rival.payment_code},
        "stored_value.payment_codes.resolve_code": {"code": rival.payment_code},
        "stored_value.payment_codes.consume": {"code": rival.payment_code_row},
        "stored_value.authorization.authorize_by_payment_code": {"code": rival.payment_code},
        "stored_value.authorization.authorize_by_session": {"session": session_of_other_tenant(rival)},
        "stored_value.authorization.authorize_by_sms": {"code": rival.sms_code},
        "stored_value.authorization.authorize_by_manager_code": {"code": rival.sms_code},
        "stored_value.authorization.consume": {
            "payment_authorization": stored_value_authorization.PaymentAuthorization(
                kind="payment_code", member_id=rival.member.id, payment_code=rival.payment_code_row
            )
        },
        **{
            f"stored_value.payments.{verb}": {"key": "rival-held", "payment_authorization": None}
            for verb in ("commit", "release", "hold", "spend", "refund")
        },
        "stored_value.payments.spend_with_authorization": {"key": "rival-held", "authorize": lambda: None},
        "stored_value.payments.bonus_share": {"refunded_fen": 1},
        "coupons.bulk_issue.continue_batch": {
            "event": SimpleNamespace(properties={"batch_id": rival.batch.id})
        },
        "coupons.bulk_issue.create_batch": {"number": "rival-batch"},
        "coupons.bulk_issue.get_by_number": {"number": "rival-batch"},
        "coupons.gifts.accept": {"token": rival.gift_token},
        "coupons.gifts.get_by_token": {"token": rival.gift_token},
        "coupons.gifts.decline": {"token": rival.gift_token},
        "coupons.rules.create_draft": {"values": coupon_fixtures.rule_values()},
        "coupons.rules.edit_draft": {"values": {"name": "对门的券"}},
        "coupons.rules.get_by_public_id": {"public_id": rival.coupon_rule.public_id},
        "coupons.claims.get_by_public_id": {"public_id": rival.coupon_rule.public_id},
        "coupons.wallet.list_page": {"tab": "available"},
        "coupons.wallet.get_coupon": {"code": rival.coupon.code},
        "coupons.gift_links.open_link": {"token": rival.gift_token},
        "coupons.coupons.transition": {"state": "used"},
        "coupons.coupons.get_for_member": {"code": rival.coupon.code},
        "check_ins.check_ins.list_between": {"first": date(2026, 11, 1), "last": date(2026, 11, 30)},
        "points.points.spend": {"kind": "gift_redemption"},
        "points.reversals.reverse_earned": {"key": f"order:rival-order:1:{rival.rule.id}:transaction"},
        "points.reversals.refund_redeemed": {"key": "rival-gift"},
        "points.order_accrual.post_return": {
            "lines": [point_reversals.ReturnedLine(line="1", numerator=1, denominator=1)]
        },
        "points.order_accrual.list_entries": {"order_number": "rival-order"},
        "points.order_accrual.post_orders": {"orders": [(rival.member.id, rival.order)]},
        "purchases.post_all": {"rows": [purchase_of(rival)]},
        "purchases.filter_existing": {"order_numbers": ["rival-order"]},
        "points.order_events.report_returned": {"returned_order": RETURNED_ORDER},
        "points.order_events.post_order": {"event": event_of_other_tenant(rival, "orders.paid")},
        "points.order_events.post_orders": {"paid_events": [event_of_other_tenant(rival, "orders.paid")]},
        "points.order_events.post_return": {"event": event_of_other_tenant(rival, "orders.returned")},
        "tiers.rules.replace": {"rules": [rival.tier_rule]},
        "tiers.rules.validate": {"rules": [rival.tier_rule]},
        "tiers.evaluation.preview_rules": {"rules": [rival.tier_rule]},
        "points.rules.add_rule": {"basis": "amount", "points": 1, "per_units": 100},
        "tiers.tiers.transition": {"kind": "upgraded", "at": datetime(2026, 11, 1, tzinfo=UTC)},
        "points.rules.end_multiplier": {"multiplier_id": rival.multiplier.id},
        "points.points.get_entry": {"matches": lambda row_id: row_id == rival.entry.id},
        "points.lot_allocations.get_for_entry": {"entry": rival.entry},
        "tiers.rule_import.parse": {
            "values": [{"tier": "gold", "basis": "spend", "window_days": 1, "at_least": 1}]
        },
        "tiers.rule_import.serialize": {"rules": [rival.tier_rule]},
        "tiers.descriptions.describe_retention": {"row": rival.tier_rule, "total": 1},
        "tiers.descriptions.describe_rule": {"row": rival.tier_rule},
        "tiers.descriptions.describe_upgrade": {"row": rival.tier_rule, "total": 1},
        "tiers.descriptions.describe_reason": {"record": rival.tier_record},
        "tiers.descriptions.describe_validity": {"validity": rival.tier.validity},
        "stored_value.top_up_rules.describe": {"rule": rival.top_up_rule},
        "tiers.tiers.list_active": {"members": [rival.member]},
        "tiers.evaluation.evaluate_all": {"records": [rival.tier_record]},
        "tiers.tiers.transition_all": {"transitions": [tier_transition_of_other_tenant(rival)]},
        "tiers.rules.member_totals": {
            "measures": [(rival.tier_rule.measure, datetime(2026, 11, 1, tzinfo=UTC))]
        },
        "tiers.rules.totals_in_records": {
            "ending_records": [tier_transition_of_other_tenant(rival).ending_record]
        },
        "messages.expiry_reminders.remaining": {
            "event": reminder_of_other_tenant(rival, "points.ending_soon")
        },
        "messages.expiry_notifications.notify_points_expiring": {
            "event": reminder_of_other_tenant(rival, "points.ending_soon")
        },
        "messages.expiry_notifications.notify_coupons_expiring": {
            "event": reminder_of_other_tenant(rival, "coupons.ending_soon")
        },
        "points.rules.add_multiplier": {"occasion": "birthday_day", "percent": 200},
        "points.reversals.reverse_lines": {
            "lines": [point_reversals.ReturnedLine(line="1", numerator=1, denominator=1)]
        },
        "official_accounts.menus.save_draft": {"values": {"button": [button]}},
        "official_accounts.menus.start_publication": {"event_id": rival.event.id},
        "official_accounts.qr_codes.create": {"kind": "shop"},
        "official_accounts.qr_codes.shop_id_of": {"code": rival.qr_code},
        "shops.csv_import.parse_csv": {"text": ROWS},
        "shops.csv_import.dry_run": {"lines": shop_csv_import.parse_csv(ROWS)},
        "shops.csv_import.import_all": {"lines": shop_csv_import.parse_csv(ROWS)},
        "official_accounts.keyword_replies.save_rules": {"rules": []},
        "official_accounts.keyword_replies.save_rule": {
            "replies": [{"type": "text", "text": "你好"}],
            "priority": 1,
        },
        "shops.nearby.search_shops": {"offset": 0},
    }


def purchase_of(rival: SimpleNamespace) -> dict[str, Any]:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return {"member": rival.member, "order_number": "rival-order", "paid_fen": 1, "shop_id": None, "at": at}


def tier_transition_of_other_tenant(rival: SimpleNamespace) -> TierTransition:
    record, moment = rival.tier_record, datetime(2026, 11, 1, tzinfo=UTC)
    term = EndingRecord(record.id, rival.member.id, rival.customer.id, rival.tier, moment, moment)
    return TierTransition(term, rival.tier, "retained", {})


def reminder_of_other_tenant(rival: SimpleNamespace, kind: str) -> Event:
    facts = {"group_id": rival.group.id, "day": "2026-11-01", "days_ahead": 7}
    return Event(
        id=10**6, kind=kind, customer_id=rival.customer.id, member_id=rival.member.id, properties=facts
    )


RETURNED_ORDER = point_order_events.ReturnedOrder(
    order_number="rival-order", number="R", lines=(point_reversals.ReturnedLine("1", 1, 1),), refunded_fen=1
)


def event_of_other_tenant(rival: SimpleNamespace, kind: str) -> SimpleNamespace:
    """An event that speaks of the rival's order and member."""
    order = RETURNED_ORDER if kind == "orders.returned" else rival.order
    facts = TypeAdapter(type(order)).dump_python(order, mode="json")
    facts.pop("shop_id", None)
    return SimpleNamespace(kind=kind, member_id=rival.member.id, shop_id=None, properties=facts)


def session_of_other_tenant(rival: SimpleNamespace) -> sessions.Session:
    with registry.use_tenant("rival"):
        return sessions.get_by_token(rival.token)


@pytest.mark.parametrize(
    ("look_up", "name"),
    [
        (customers.get_by_public_id, lambda rival: rival.customer.public_id),
        (members.get_by_card, lambda rival: rival.member.card_number),
        (members.get_by_card, lambda rival: rival.member.public_id),
        (sessions.get_by_token, lambda rival: rival.token),
        (channels.get_by_key, lambda rival: "rival-mini"),
        (shops.get_by_public_id, lambda rival: rival.shop.public_id),
        (shops.get_by_code, lambda rival: rival.shop.code),
        (coupon_rules.get_by_public_id, lambda rival: rival.coupon_rule.public_id),
        (coupon_gifts.get_by_token, lambda rival: rival.gift_token),
        (coupon_bulk_issue.get_by_number, lambda rival: "rival-batch"),
        (identities.find_by_phone, lambda rival: rival.phone),
        (lambda scene: qr_codes.find_by_scene(channels.get_by_key("acme-mp"), scene),
         lambda rival: rival.qr_code.scene),
        (lambda unionid: identities.find_customer(
            provider=identities.UNIONID, account="group", subject=unionid), lambda rival: "rival-union"),
    ],
)  # fmt: skip
def test_no_name_of_the_rival_leads_anywhere(acme, rival, rival_unchanged, look_up, name):
    with registry.use_tenant("rival"):
        assert name(rival)
    assert find_or_none(look_up, name(rival)) is None


def find_or_none(look_up: Callable[[str], Any], name: str) -> Any:
    """What a name leads to; None also where the answer is that there is nothing of that name."""
    try:
        return look_up(name)
    except DomainError as refused:
        return None if refused.status in DENIED_STATUSES else refused


def test_the_control_finds_them_all_at_home(acme, rival):
    """The names are right: in the rival's own database each of them leads to its row."""
    with registry.use_tenant("rival"):
        assert customers.get_by_public_id(rival.customer.public_id) == rival.customer
        assert members.get_by_card(rival.member.card_number) == rival.member
        assert shops.get_by_public_id(rival.shop.public_id) == rival.shop
        assert sessions.get_by_token(rival.token).customer == rival.customer
        assert identities.find_by_phone(rival.phone) == rival.customer


def test_the_control_sees_a_change_at_the_rival_s(acme, rival):
    before = rows_of_other_tenant()
    with registry.use_tenant("rival"):
        followers.get_or_create_customer(channel=rival.mini, openid="new", source="wechat_miniprogram")
    assert rows_of_other_tenant() != before
