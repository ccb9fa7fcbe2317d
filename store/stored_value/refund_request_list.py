"""The list of refund requests for staff (储值退款申请): those of a state, of a member, of shops."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from store.core import errors, listing
from store.core.listing import Page
from store.customers import member_scope, person_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.stored_value.refund_requests import TRANSITIONS, StoredValueRefundRequest

_SORTS = {
    "requested_at": StoredValueRefundRequest.id,  # requests are written in the order of their times
    "principal_fen": StoredValueRefundRequest.principal_fen,
}


@dataclass(frozen=True)
class RefundRequestCriteria:
    """Which requests are listed. `search` is a number, or a whole card number or phone.

    `shop_ids` are the shops that the caller sees, None for all: members who belong to them.
    """

    search: str = ""
    state: str | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: RefundRequestCriteria, page: Page) -> tuple[list[StoredValueRefundRequest], int]:
    """Return a page of requests with their members, the latest first, and how many there are.

    Raises DomainError(invalid).
    """
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-requested_at", id_field=StoredValueRefundRequest.id
    )


def get(number: str, *, shop_ids: frozenset[int] | None = None) -> StoredValueRefundRequest:
    """Return the request of a number that staff of shops see. Raises DomainError(not_found)."""
    query = _select(RefundRequestCriteria(shop_ids=shop_ids))
    found = query.where(StoredValueRefundRequest.number == number).first()
    if found is None:
        raise errors.not_found("该退款申请")
    return found


def _select(criteria: RefundRequestCriteria) -> Any:
    query = StoredValueRefundRequest.select(StoredValueRefundRequest, Member, Customer)
    query = query.join(Member).join(Customer)
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: RefundRequestCriteria) -> Iterator[Any]:
    if criteria.state is not None and criteria.state not in TRANSITIONS:
        raise errors.invalid("state", "不认识的申请状态")
    text = criteria.search.strip()
    if text:
        customer = person_search.find_customer(text)
        matched = StoredValueRefundRequest.number == text
        yield (Member.customer == customer.id) if customer else matched
    if criteria.state is not None:
        yield StoredValueRefundRequest.state == criteria.state
    if criteria.shop_ids is not None:
        yield member_scope.shop_of_member().in_(sorted(criteria.shop_ids))
