"""The list of refunds for staff (退款记录): filtered by state, shop and day, and searched by number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from store.core import errors, listing
from store.core.listing import Page
from store.payments import states
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import METHODS, Refund
from store.tenants import business_days

_SORTS = {"asked_at": Refund.asked_at, "amount_fen": Refund.amount_fen}


@dataclass(frozen=True)
class RefundCriteria:
    """Which refunds are listed.

    `search` is the beginning of a number of the refund, the payment, the order or the platform. `shop_ids` are the
    shops that the caller sees, None for all.
    """

    search: str = ""
    state: str | None = None
    method: str | None = None
    shop_id: int | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: RefundCriteria, page: Page) -> tuple[list[Refund], int]:
    """Return a page of refunds with their payments, the latest first, and how many there are.

    Raises DomainError(invalid).
    """
    return listing.read_page(_select(criteria), page, sorts=_SORTS, default="-asked_at", id_field=Refund.id)


def count_refunds(criteria: RefundCriteria) -> int:
    """Return the number of refunds. Raises DomainError(invalid)."""
    return int(_select(criteria).count())


def iterate_refunds(criteria: RefundCriteria) -> Iterator[Refund]:
    """Yield all refunds, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(_select(criteria), id_field=Refund.id)


def _select(criteria: RefundCriteria) -> Any:
    query = Refund.select(Refund, PaymentAttempt).join(PaymentAttempt)
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: RefundCriteria) -> Iterator[Any]:
    if criteria.state is not None and criteria.state not in states.REFUND_TRANSITIONS:
        raise errors.invalid("state", "不认识的退款状态")
    if criteria.method is not None and criteria.method not in METHODS:
        raise errors.invalid("method", "不认识的退款方式")
    if criteria.search.strip():
        columns = (
            Refund.number, PaymentAttempt.number, PaymentAttempt.payable_number, Refund.platform_number,
        )  # fmt: skip
        begins = [column.startswith(criteria.search.strip()) for column in columns]
        yield begins[0] | begins[1] | begins[2] | begins[3]
    for column, value in (
        (Refund.state, criteria.state), (Refund.method, criteria.method), (Refund.shop_id, criteria.shop_id),
    ):  # fmt: skip
        if value is not None:
            yield column == value
    if criteria.since is not None:
        yield Refund.asked_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield Refund.asked_at < business_days.end_of(criteria.until)
    if criteria.shop_ids is not None:
        yield Refund.shop_id.in_(criteria.shop_ids)
