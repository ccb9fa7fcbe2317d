"""Emergency stops of coupon rules: what waits, and that all of it goes on afterwards."""

from store.core.events import Event
from store.coupons import bulk_issue, claims, coupons, redemptions, stops
from store.coupons.bulk_issue import CouponBatch
from tests.support import coupon_fixtures
from tests.support.coupon_fixtures import create_listed_rule, create_member, error_code_of, make_basket


def test_no_coupon_is_used_while_its_rule_is_stopped(acme):
    rule, me = create_listed_rule(), create_member()
    coupon = coupons.claim(rule=rule, member=me, source="h5")
    for _ in range(2):
        stopped = stops.stop(rule, reason="金额写错")
    assert redemptions.quote_wallet(member=me, basket=make_basket()).reasons[coupon.code].code == "stopped"
    use = {"member": me, "codes": [coupon.code], "basket": make_basket(), "order_number": "O1"}
    assert error_code_of(lambda: redemptions.redeem(**use)) == "coupon_not_applicable"
    assert error_code_of(lambda: coupons.claim(rule=rule, member=me, source="h5")) == "coupon_rule_stopped"
    assert claims.list_claimable(me)[1] == 0
    for _ in range(2):
        assert stops.resume(stopped).stopped_at is None
    assert redemptions.redeem(**use)[0].value_fen == 500


def test_a_batch_waits_until_the_rule_is_resumed(acme):
    rule, people = create_listed_rule(), [create_member(number).id for number in range(3)]
    batch = bulk_issue.create_batch(number="b1", rule=rule, member_ids=people)
    stops.stop(rule, reason="名单有误")
    assert not bulk_issue.issue_chunk(batch)
    assert CouponBatch.get_by_id(batch.id).issued == 0
    stops.resume(rule)
    event = Event.select().where(Event.kind == "coupon_batches.continued").get()
    bulk_issue.continue_batch(event)
    assert CouponBatch.get_by_id(batch.id).issued == 3


def test_what_was_never_approved_is_not_stopped(acme):
    coupon_fixtures.create_cost_centre()
    draft = coupon_fixtures.coupon_rules.create_draft(
        programme=coupon_fixtures.programmes.get_default(), values=coupon_fixtures.rule_values()
    )
    assert error_code_of(lambda: stops.stop(draft, reason="x")) == "coupon_rule_state"
    assert error_code_of(lambda: stops.stop(draft, reason=" ")) == "invalid"
