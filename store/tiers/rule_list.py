"""The list of tier rules (等级升降级规则) for staff."""

from store.core import listing
from store.core.listing import Page
from store.customers.programmes import Programme
from store.tiers.rules import TierRule
from store.tiers.tiers import Tier

_SORTS = {"rank": Tier.rank, "name": TierRule.name, "at_least": TierRule.at_least, "id": TierRule.id}


def list_page(
    page: Page, *, search: str = "", programme_code: str | None = None, is_enabled: bool | None = None
) -> tuple[list[TierRule], int]:
    """Return a page of the current rules of all programmes and the number of all. `search` is a part of the name."""
    query = TierRule.select(TierRule, Tier, Programme).join(Tier).join(Programme)
    query = query.where(TierRule.retired_at.is_null())
    if search:
        query = query.where(TierRule.name.contains(search) | Tier.name.contains(search))
    if programme_code is not None:
        query = query.where(Programme.code == programme_code)
    if is_enabled is not None:
        query = query.where(TierRule.is_enabled == is_enabled)
    return listing.read_page(query, page, sorts=_SORTS, default="-rank", id_field=TierRule.id)
