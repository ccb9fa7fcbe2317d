"""The list of promotions (促销列表) for staff."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from store.core import clock, errors, listing
from store.core.listing import Page
from store.promotions import stages
from store.promotions.promotions import APPROVAL_KIND
from store.promotions.stages import STAGE_LABELS
from store.promotions.tables import Promotion, PromotionShop
from store.tenants import business_days

_SORTS = {
    "created_at": Promotion.id, "starts_at": Promotion.starts_at, "ends_at": Promotion.ends_at,
    "name": Promotion.name, "kind": Promotion.kind,
}  # fmt: skip


@dataclass(frozen=True)
class PromotionFilter:
    """Which promotions are listed; what is empty does not narrow the list.

    `search` is a part of name or number. `state_now` is upcoming, running or over, `stage` is one of
    `STAGE_LABELS`. `channel` is online or till.
    `shop_id` selects those that hold in a shop, `first_day` and `last_day` those whose period touches these days.
    `shop_ids` are all shops that a person sees.
    """

    search: str = ""
    state: str | None = None
    state_now: str | None = None
    stage: str | None = None
    kind: str | None = None
    channel: str | None = None
    shop_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: PromotionFilter, page: Page) -> tuple[list[Promotion], int]:
    """Return a page of promotions and the number of all."""
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-created_at", id_field=Promotion.id
    )


def iterate_promotions(criteria: PromotionFilter) -> Iterator[Promotion]:
    """Yield all promotions, the latest first, and read them in batches."""
    yield from listing.iterate_rows(_select(criteria), id_field=Promotion.id)


def count_promotions(criteria: PromotionFilter) -> int:
    """Return the number of promotions of a filter."""
    return int(_select(criteria).count())


def count_by_stage(criteria: PromotionFilter) -> dict[str, int]:
    """Return by stage the number of promotions of a filter."""
    return {stage: count_promotions(replace(criteria, stage=stage)) for stage in STAGE_LABELS}


def select_seen(shop_ids: Collection[int] | None) -> dict[str, Any]:
    """Return the query of the promotions that an account of some shops sees, nothing for all shops."""
    if shop_ids is None:
        return {}
    return {APPROVAL_KIND: _select(PromotionFilter(shop_ids=frozenset(shop_ids))).select(Promotion.public_id)}


def ensure_seen(promotion: Promotion, shop_ids: Collection[int] | None) -> None:
    """Raise DomainError(not_found) if a promotion holds in no shop of an account."""
    if shop_ids is None or promotion.all_shops:
        return
    query = _select(PromotionFilter(shop_ids=frozenset(shop_ids)))
    if not query.where(Promotion.id == promotion.id).exists():
        raise errors.not_found("该促销")


def list_calendar(criteria: PromotionFilter, *, limit: int = 500) -> list[Promotion]:
    """Return the promotions of a calendar, the earliest first."""
    query = _select(criteria).order_by(Promotion.starts_at, Promotion.id)
    return list(query.limit(min(limit, 500)))


def _select(criteria: PromotionFilter) -> Any:
    query: Any = Promotion.select()
    text = criteria.search.strip()
    if text:
        query = query.where(Promotion.name.contains(text) | Promotion.number.contains(text))
    if criteria.state is not None:
        query = query.where(Promotion.state == criteria.state)
    if criteria.state_now is not None:
        query = query.where(_condition_now(criteria.state_now))
    if criteria.stage is not None:
        query = query.where(stages.select_stage(criteria.stage))
    if criteria.kind is not None:
        query = query.where(Promotion.kind == criteria.kind)
    if criteria.channel is not None:
        query = query.where(Promotion.online if criteria.channel == "online" else Promotion.till)
    query = _select_shops(query, criteria)
    if criteria.first_day is not None:
        query = query.where(Promotion.ends_at > business_days.start_of(criteria.first_day))
    if criteria.last_day is not None:
        query = query.where(Promotion.starts_at < business_days.end_of(criteria.last_day))
    return query


def _select_shops(query: Any, criteria: PromotionFilter) -> Any:
    if criteria.shop_id is not None:
        query = query.where(Promotion.all_shops | _holds_in([criteria.shop_id]))
    if criteria.shop_ids is not None:
        query = query.where(Promotion.all_shops | _holds_in(sorted(criteria.shop_ids)))
    return query


def _condition_now(state_now: str) -> Any:
    now = clock.now()
    is_over = (Promotion.state == "ended") | (Promotion.ends_at <= now)
    if state_now == "over":
        return is_over
    has_begun = Promotion.starts_at <= now
    return ~is_over & (has_begun if state_now == "running" else ~has_begun)


def _holds_in(shop_ids: list[int]) -> Any:
    rows: Any = PromotionShop.select(PromotionShop.promotion).where(PromotionShop.shop.in_(shop_ids))
    return Promotion.id.in_(rows)
