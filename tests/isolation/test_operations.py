"""No tenant reaches another through the store: every verb is tried with the rival's rows and ids.

A verb that this page does not know how to try fails the test, so none is added untried.
"""

import importlib
import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import peewee
import pytest

from store import layers
from store.core.errors import DomainError
from store.core.listing import Page
from store.coupons import bulk_issue as coupon_bulk_issue
from store.coupons import gifts as coupon_gifts
from store.coupons import rules as coupon_rules
from store.customers import customers, followers, identities, members, sessions
from store.official_accounts import qr_codes
from store.shops import shops
from store.tenants import channels, registry
from tests.isolation.booking_arguments import EXEMPT as EXEMPT_BOOKINGS
from tests.isolation.flash_arguments import EXEMPT as EXEMPT_FLASH_SALES
from tests.isolation.operation_arguments import values_by_operation
from tests.isolation.other_tenant import DENIED_STATUSES, rows_of_other_tenant
from tests.isolation.parameter_arguments import values_by_module, values_by_parameter
from tests.isolation.promotion_arguments import EXEMPT as EXEMPT_PROMOTIONS

# Functions that take no rows of a tenant: the registry and its connections, declarations made at import.
EXEMPT = {
    "tenants.registry": {
        "open_registry", "create_tenant", "use_tenant", "list_tenants", "list_slugs", "migrate_tenant",
        "register_account_key", "get_slug_by_account_key", "peek_slug_by_account_key", "close_all",
    },
    "tenants.business_days": {"run_all"},
    "tenants.channels": {"find_encryption_problem"},
    # Files under random names, by the slug of the current tenant: `tests/console/test_pictures.py`.
    "tenants.pictures": None,
    # Below the operations: their callers pass rows that they have found and locked.
    "points.postings": None,
    "points.bulk_posting": None,
    "points.merging": None,
    "purchases": {"post"},
    # Counts from what it is given.
    "points.accrual": None,
    "points.reversals": {"merge_lines", "returned_share"},
    "tiers.tiers": {"resolve_rank"},
    "check_ins.check_ins": {"outstanding_reward"},
    "points.points": {"escape_key_part"},
    "customers.merging.rules": None,
    # Below a merge and its undo: they are handed rows of the two people.
    "customers.merging.journal": None,
    "official_accounts.qr_images": {"render_png", "render_svg"},
    "official_accounts.menus": {"to_wechat_json", "diff", "display_width"},
    "official_accounts.message_content": {"parse", "serialize", "to_plain_text"},
    "customers.profiles": {"blind_index_of", "register_eraser"},
    # Below the changes and reservations, which find and lock the level.
    "stock.movements": {"post_movement", "ensure_same"},
    "stored_value.top_ups": {"record_event"},  # parts of verbs of the top-up's other files, and those are tried
    "stored_value.payment_methods": None,
    # Below the operations of orders: their callers pass rows that they have found and locked.
    "messages.messages": {"request_sending", "write_next", "reopen"},
    "messages.results": {"record_sent"},
    "messages.synced_templates": {"list_keywords"},
    "orders.snapshots": None,
    "orders.stock_holds": None,
    "orders.placement": {"place_new", "calculate_price"},
    "orders.fulfilments": None,
    "shop_orders.states": None,
    "shop_orders.invoices": {"state_of"},
    "shop_orders.price_changes": {"ensure_possible", "is_done", "read_place"},
    "shop_orders.shipping_uploads": {"mark_uploaded", "record_failure", "get_attempt"},  # of rows that `prepare` found
    "delivery.quotes": {"ensure_minimum"},
    "stock.arrival_notices": {"end_of_level"},
    "addresses.addresses": {"change", "remove", "to_snapshot"},  # of a row that `get_own` found
    "carts.carts": {"change"},
    "orders.holds": None,
    "orders.money_back": None,
    "orders.counting": None,
    "orders.reopening": None,
    "orders.return_records": None,
    # What is wanted, and counted from what is given.
    "orders.requests": None,
    "orders.settings": None,
    "orders.sold_orders": None,
    "orders.return_calculation": None,
    "orders.locks": {"ensure_state"},
    "orders.pricing_requests": {"ensure_uncut", "ensure_expected"},
    "stored_value.payment_records": {
        "split_principal_and_bonus", "create", "ensure_spendable", "post_entry", "transition", "record_event",
        "find_existing", "lock_by_key", "subject_of",
    },
    "insight.cost_report": {"sum_costs"},
    "insight.marketing_calendar": {"to_entry", "list_kinds"},  # of what is given
    "insight.report_days": None,
    "insight.sales_orders": None,  # conditions of the reports, which are tried
    "insight.sales_report": {"sum_all"},
    "customers.members": {"register_number_search"},
    "customers.name_parts": {"normalize", "is_searchable", "matches"},
    # Below the operations of plastic cards, and texts.
    "physical_cards.cards": {"mask", "move", "number_taken_error", "replaced_error"},
    "physical_cards.replacements": {"finish"},
    "physical_cards.applications": {"move", "record"},
    "activation_codes.codes": {"hash_code"},
    "messages.card_variables": None,
    "customers.phones": {"normalize", "blind_index"},
    "shops.spatial_index": {"error_bound_m", "approximate_distance_m"},
    "shops.hours": {"is_open", "open_status", "status_text"},
    "shops.hours_format": None,
    "shops.detail_texts": None,
    "shops.coordinates": None,
    # Limits of fields, and steps below the operations: their callers pass rows that they have found and locked.
    "member_cards.template_fields": None,
    "member_cards.pack_cards": {"move", "mark_due", "request_pushing"},
    "member_cards.pack_templates": {"request"},
    # Forms and texts without rows.
    "catalog.rich_text": None,
    "catalog.search": {"build_texts", "normalize"},
    "catalog.product_rows": None,
    "coupons.terms": None,
    "coupons.basket": None,
    "coupons.eligibility": None,
    "coupons.discounts": None,
    "coupons.candidates": None,
    "coupons.best_combination": None,
    "coupons.quotes": None,
    "pricing": None,
    "tills.pins": None,
    "tills.receipts.columns": None,
    "tills.receipts.rows": None,
    "tills.receipts.escpos": None,
    "tills.receipts.html": None,
    "tills.receipts.order_slips": None,
    "tills.terminals": {"hash_secret"},
    "tills.sessions": {"hash_token"},
    "tills.shifts": {"install"},
    "tills.sales": {"amount_line", "is_amount_only"},
    "shop_orders.submission": {"list_lines"},  # of the preview that is given
    "coupons.redemption_records": {"select_active"},
    "coupons.display": None,
    "coupons.term_texts": None,
    # Decisions, forms and functions of the callers of payments, without rows.
    "payments.merchants": {"parse_credentials"},
    "payments.states": None,
    "red_packets.states": None,
    "red_packets.schedule": None,
    "red_packets.budget": None,  # counters, which belong to no row of another
    "red_packets.settings": None,  # of the tenant itself
    "red_packets.red_packets": {"check_text", "record_event"},
    "red_packets.accounts": {"check_amount"},
    "payments.schedule": None,
    "payments.credentials": None,
    "payments.payables": None,
    "payments.attempts": {"check_amount", "query_times", "record_event", "next_action"},
    "payments.exports": {"to_cells"},
    "payments.refunds": {"check_reason", "record_event"},
    "payments.due_work": {"is_current"},
    "payments.settlement": {"surplus_number", "evidence_of_cashier"},
    "payments.queries": {"to_kind_sums"},
    # Passwords and names of rights without rows, and files.
    "staff.passwords": None,
    "staff.rights": None,
    "staff.sessions": {"csrf_token", "hash_token"},
    "exports.kind": {"to_yuan", "to_criteria"},  # the second looks up a shop by `find_shop_id`
    "exports.kinds": None,
    "exports.workbooks": None,
    "integrity": None,
    # Odds and contents without rows, and what is computed from rows that are given.
    "draws.odds": None,
    "activities.content": None,
    "activities.settings": None,
    "activities.activities": {"ensure_running", "state_error"},
    "draws.wins": {"subject_of", "state_error", "is_claimable", "create", "transition"},  # of rows that are locked
    "activities.submissions": {"describe_changes"},  # of the content that is given
    "draws.claims": {"claim_at_once"},  # passes the row to `claim`
    "draws.goods_prizes": {"read_contact"},
    "draws.draw_records": {"is_correct"},
    "draws.chances": {"choose_source"},
    "official_accounts.chat_rewards": {"is_reward", "give_chances"},
    "key_rotation": None,
    **EXEMPT_BOOKINGS,
    **EXEMPT_FLASH_SALES,
    **EXEMPT_PROMOTIONS,
}  # fmt: skip


@pytest.mark.deep_on_postgresql
def test_every_verb_leaves_the_rival_as_it_was(acme, rival, rival_unchanged):
    """Each verb, in acme's name, with the rival's rows and ids wherever it takes one."""
    given, of_noun, of_verb = values_by_parameter(rival), values_by_module(rival), values_by_operation(rival)
    before, tried = rows_of_other_tenant(), 0
    for module, operations in itertools.groupby(list_operations(), lambda item: item[0].rpartition(".")[0]):
        for name, operation in operations:
            parameters = inspect.signature(operation).parameters.values()
            known = {**given, **of_noun.get(module, {}), **of_verb.get(name, {})}
            known |= lists_of(parameters, known)
            arguments = {
                parameter.name: known[parameter.name]
                for parameter in parameters
                if is_required(parameter, name, known)
            }
            call_operation(operation, arguments)
            tried += 1
        assert rows_of_other_tenant() == before, module
    assert tried > 80, "the walk has lost its way"


def lists_of(parameters: Iterable[inspect.Parameter], known: dict[str, Any]) -> dict[str, Any]:
    """The page that a list is asked for, and a filter that lists all, unless another is known."""
    made = {parameter.name: Page() for parameter in parameters if parameter.annotation is Page}
    for parameter in parameters:
        kind = parameter.annotation
        if (
            parameter.name == "criteria"
            and isinstance(kind, type)
            and not isinstance(known.get("criteria"), kind)
        ):
            made["criteria"] = kind()
    return made


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

    The store asserts that rows which are never deleted are there; in acme the rival's are not.
    """
    try:
        answer = operation(**arguments)
        for _ in answer if inspect.isgenerator(answer) else ():
            pass
    except (DomainError, peewee.DoesNotExist, peewee.IntegrityError, AssertionError):
        return


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
