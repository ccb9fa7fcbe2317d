"""Days of a coupon rule are strict, and a coupon without an end is a choice of its own."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from store.core.errors import DomainError
from store.coupons import coupons
from store.coupons import display as coupon_display
from store.coupons import rules as coupon_rules
from store.coupons import terms as coupon_terms
from store.coupons.terms import FixedDays
from tests.support.coupon_fixtures import create_listed_rule, create_member


@pytest.mark.parametrize(
    "day", ["9999-12-31", "2099-12-31", "0001-01-01", "1893456000", 1893456000, "2026-1-1"]
)
def test_a03_days_that_cannot_be_computed_are_rejected(day):
    with pytest.raises(ValidationError):
        FixedDays.model_validate({"first_day": "2026-01-01", "last_day": day})
    with pytest.raises(ValidationError):
        FixedDays.model_validate({"first_day": day, "last_day": "2026-01-01"})


def test_a03_a_draft_with_such_a_day_is_rejected_in_words(acme):
    draft = coupon_rules.copy_as_draft(create_listed_rule())
    validity = {"kind": "fixed", "first_day": "2026-01-01", "last_day": "9999-12-31"}
    with pytest.raises(DomainError) as caught:
        coupon_rules.edit_draft(draft, values={"validity": validity})
    assert caught.value.details["field"].startswith("validity")


def test_a03_a_coupon_without_an_end_can_be_claimed_and_used(acme, verify_afterwards):
    rule = create_listed_rule(validity={"kind": "unlimited"})
    coupon = coupons.claim(rule=rule, member=create_member(), source="h5")
    assert not coupon_terms.has_end(coupon.ends_at)
    assert coupon_display.describe(rule.terms).validity == "长期有效"
    assert coupon_terms.has_end(datetime(2099, 12, 30, tzinfo=UTC))
