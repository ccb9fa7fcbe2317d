"""The list of card applications for staff (申领单): searched by number or member, filtered by state, kind and time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from store.core import errors, listing
from store.core.listing import Page
from store.customers import member_scope, person_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.physical_cards import kinds
from store.physical_cards.applications import PURPOSES, TRANSITIONS, CardApplication
from store.physical_cards.kinds import PhysicalCardKind
from store.tenants import audit, business_days

_SORTS = {"submitted_at": CardApplication.submitted_at, "id": CardApplication.id}


@dataclass(frozen=True)
class ApplicationFilter:
    """Which applications are listed. `search` is a number, or a member's whole card number or phone.

    `since` and `until` are business days of the submission, both included. `shop_ids` are the shops that the caller
    sees, None for all.
    """

    search: str = ""
    state: str | None = None
    purpose: str | None = None
    kind: str | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: ApplicationFilter, page: Page) -> tuple[list[CardApplication], int]:
    """Return a page of applications, the latest first, and how many there are.

    Raises DomainError(invalid, not_found).
    """
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-submitted_at", id_field=CardApplication.id
    )


def iterate_applications(criteria: ApplicationFilter) -> Iterator[CardApplication]:
    """Yield all applications, the latest first."""
    return listing.iterate_rows(_select(criteria), id_field=CardApplication.id)


def count_applications(criteria: ApplicationFilter) -> int:
    """Return the number of applications."""
    return int(_select(criteria).count())


def get(number: str, *, shop_ids: frozenset[int] | None = None) -> CardApplication:
    """Return the application of a number that staff of shops see. Raises DomainError(not_found)."""
    found: CardApplication | None = (
        _select(ApplicationFilter(shop_ids=shop_ids)).where(CardApplication.number == number).first()
    )
    if found is None:
        raise errors.not_found("该申请")
    return found


def record_reading(row: CardApplication) -> None:
    """Record in the operation log that staff read the personal data of an application."""
    audit.record("card_applications.reveal", f"card_application:{row.number}")


def _select(criteria: ApplicationFilter) -> Any:
    query = CardApplication.select(CardApplication, PhysicalCardKind, Member, Customer).join(PhysicalCardKind)
    query = query.switch(CardApplication).join(Member).join(Customer)
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: ApplicationFilter) -> Iterator[Any]:
    if criteria.state is not None and criteria.state not in TRANSITIONS:
        raise errors.invalid("state", "不认识的申请状态")
    if criteria.purpose is not None and criteria.purpose not in PURPOSES:
        raise errors.invalid("purpose", "不认识的申请类型")
    text = criteria.search.strip()
    if text:
        owner, matched = person_search.find_customer(text), CardApplication.number == text
        yield matched if owner is None else (Member.customer == owner.id)
    if criteria.state is not None:
        yield CardApplication.state == criteria.state
    if criteria.purpose is not None:
        yield CardApplication.purpose == criteria.purpose
    if criteria.kind is not None:
        yield CardApplication.kind == kinds.get_by_code(criteria.kind).id
    if criteria.since is not None:
        yield CardApplication.submitted_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield CardApplication.submitted_at < business_days.end_of(criteria.until)
    if criteria.shop_ids is not None:
        yield member_scope.shop_of_member().in_(sorted(criteria.shop_ids))
