"""The list of tiers (等级) of all programmes for staff."""

from store.core import errors, input_limits, listing
from store.core.listing import Page
from store.customers.programmes import Programme
from store.tiers.tiers import Tier

_SORTS = {"programme": Programme.id, "rank": Tier.rank, "name": Tier.name, "code": Tier.code}


def list_page(page: Page, *, search: str = "", programme_code: str | None = None) -> tuple[list[Tier], int]:
    """Return a page of tiers and the number of all. `search` is a part of name or code."""
    query = Tier.select(Tier, Programme).join(Programme)
    if search:
        query = query.where(Tier.name.contains(search) | Tier.code.contains(search))
    if programme_code is not None:
        query = query.where(Programme.code == programme_code)
    return listing.read_page(query, page, sorts=_SORTS, default="-rank", id_field=Tier.id)


def get(tier_id: int) -> Tier:
    """Return a tier. Raises DomainError(not_found)."""
    found = Tier.find(id=input_limits.check_id(tier_id, field="tier_id"))
    if found is None:
        raise errors.not_found("该等级")
    return found
