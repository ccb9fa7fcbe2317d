"""The wings of the store and the nouns in each, lowest first: a file imports only from above itself here.

`tests/test_architecture.py` reads this order; `load()` makes every table, setting and merge rule known.
"""

import importlib

import peewee

from store.kernel.records import Record

ORDER: dict[str, tuple[str, ...]] = {
    "kernel": (
        "refusals", "validation", "bounds", "clock", "money", "ids", "secrets", "fields", "turnstile", "sqlite", "db",
        "records", "migrations", "recent", "actors", "events", "deliveries", "schedule", "idempotency", "limits",
    ),
    "company": ("tenants", "audit", "settings", "calendar", "channels"),
    "people": (
        "phones", "programmes", "customers", "identities", "members", "merge_journal", "merges", "codes", "sessions",
        "fans", "profiles", "unmerges",
    ),
    "loyalty": (
        "validity", "tiers", "point_accounts", "cost_centres", "purchases", "point_rules", "accrual", "tier_rules",
        "tier_rule_lists", "tier_words", "tier_moves", "tier_progress", "point_moves", "points", "point_merges",
        "point_relations", "point_returns", "point_expiry", "point_endings", "point_payments", "earnings", "accruals",
        "order_accruals", "check_ins", "make_ups", "memberships", "clubs", "follow_gifts",
        "value_ledger", "stored_values", "top_up_rules", "top_ups", "top_up_refunds", "top_up_payments",
        "value_managers", "payment_codes", "value_proofs", "value_spends", "value_statements", "value_merges",
        "coupon_terms", "coupon_rules", "coupon_stock", "coupons", "coupon_batches", "coupon_baskets",
        "coupon_reasons", "coupon_takings", "coupon_piles", "coupon_sets", "coupon_quotes", "coupon_uses",
        "coupon_gifts", "coupon_merges", "coupon_figures", "coupon_faces", "coupon_offers", "coupon_wallets",
        "coupon_links", "costs", "reminders", "nights",
    ),
    "shop": ("places", "hours", "profiles", "revisions", "shops", "shop_lists", "atlas", "nearby", "favourites"),
    "activities": ("answers", "replies", "menus", "qr_codes", "qr_pictures", "conversation", "announcements"),
    "checks": (
        "finding", "ledger", "lots", "point_returns", "point_payments", "purchases", "people", "tiers", "activities",
        "stored_value", "coupons", "nights", "references", "house",
    ),
}  # fmt: skip


def load() -> None:
    """Import every noun."""
    for wing, nouns in ORDER.items():
        for noun in nouns:
            importlib.import_module(f"store.{wing}.{noun}")


def tables() -> list[type[peewee.Model]]:
    """Every table of a tenant's database, those referred to before those that refer."""
    load()
    return list(peewee.sort_models(_below(Record)))  # type: ignore[attr-defined]


def _below(model: type[peewee.Model]) -> list[type[peewee.Model]]:
    found = []
    for child in model.__subclasses__():
        if child.__module__.startswith("store."):
            found += [child, *_below(child)]
    return found
