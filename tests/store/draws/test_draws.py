"""Lucky draws: exactly the prizes that are there, within the limits of members, devices and activities."""

from datetime import timedelta

import pytest

from store.activities import activities, publication
from store.core import clock
from store.core.listing import Page
from store.draws import blacklist, claims, draw_records, goods_prizes, odds, win_list, wins
from store.draws.draw_records import Draw, DrawFilter
from store.draws.wins import Win
from store.points import points
from tests.support import coupon_fixtures
from tests.support.coupon_fixtures import create_member, error_code_of
from tests.support.draw_fixtures import (
    CUP,
    PACKET,
    POINTS,
    PacketRecorder,
    create_budget,
    create_running,
    draw,
)

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def draw_all(activity, count: int) -> list[Draw]:
    return [draw(activity, create_member(number)) for number in range(count)]


def test_all_prizes_are_drawn_and_each_draw_can_be_checked(acme):
    activity = create_running(total_draws=6, prizes=[{**CUP, "quantity": 2}, POINTS])
    made = draw_all(activity, 6)
    assert [row.number for row in made] == [1, 2, 3, 4, 5, 6]
    assert [row.draws_left for row in made] == [6, 5, 4, 3, 2, 1]
    assert all(draw_records.is_correct(row) for row in made)
    assert sorted(win.name for win in Win.select()) == ["保温杯"] * 2 + ["十积分"] * 2
    assert error_code_of(lambda: draw(activity, create_member(6))) == "draws_gone"
    rows, total = draw_records.list_page(DrawFilter(activity, won=True), Page())
    assert (total, {row.place is None for row in rows}) == (4, {False})


def test_draw_1_more_draws_than_prizes_leave_nothing_below_zero(acme):
    """Nine people draw at a time: nine prizes, then the last one and eight rejections."""
    activity = create_running(total_draws=10, prizes=[{**CUP, "quantity": 10}])
    draw_all(activity, 9)
    assert activities.list_prizes(activity)[0].left == 1
    assert draw(activity, create_member(9)).place == 0
    for number in range(10, 18):
        assert error_code_of(lambda n=number: draw(activity, create_member(n))) == "draws_gone"
    assert activities.list_prizes(activity)[0].left == 0


def test_draw_2_as_many_prizes_as_people_have_a_winner_each(acme):
    activity = create_running(total_draws=15, prizes=[{**CUP, "quantity": 15}])
    for people, left in ((range(10), 5), (range(10, 15), 0)):
        for number in people:
            draw(activity, create_member(number))
        assert activities.list_prizes(activity)[0].left == left
    assert len({win.member_id for win in Win.select()}) == 15


def test_draw_4_the_prize_of_a_winner_who_is_blocked_does_not_return_into_the_draw(acme, packets, travel):
    activity = create_running(
        total_draws=3,
        prizes=[{**PACKET, "quantity": 1, "max_fen": 100}],
        budget=create_budget(1000).public_id,
    )
    people = [create_member(number) for number in range(3)]
    (winner,) = (member for member in people if wins.find_of_draw(draw(activity, member)) is not None)
    blacklist.block(winner, reason="刷奖")
    win = Win.get()
    assert error_code_of(lambda: claims.claim(win=win, customer=winner.customer)) == "draw_blocked"
    publication.increase(activity, total_draws=20)
    again = [draw(activity, create_member(number)).place for number in range(3, 20)]
    assert again == [None] * 17
    assert (activities.list_prizes(activity)[0].given, budget_of(activity)) == (1, (1000, 100, 0))
    travel(timedelta(days=11))
    publication.end_due()
    assert (wins.expire_due(), packets.requested, budget_of(activity)) == (1, {}, (1000, 0, 0))


def test_the_number_decides(acme, monkeypatch):
    activity = create_running(total_draws=10, prizes=[CUP, POINTS])
    for pick, place in ((0, 0), (1, 1), (2, None)):  # after the cup is drawn points have the numbers 0 and 1
        monkeypatch.setattr(odds, "pick_number", lambda left, pick=pick: pick)
        assert draw(activity, create_member(pick)).place == place
    assert [prize.left for prize in activities.list_prizes(activity)] == [0, 1]


def test_a_repeated_draw_returns_the_first(acme):
    activity, me = create_running(), create_member()
    assert draw(activity, me).id == draw(activity, me).id
    assert error_code_of(lambda: draw(activity, me, "2")) == "no_chances"
    assert activities.get_by_public_id(activity.public_id).draws_made == 1


def test_points_pay_for_a_draw(acme):
    activity, me = create_running(points_price=20, points_draws_per_day=1), create_member()
    assert error_code_of(lambda: draw(activity, me, "1", with_points=True)) == "points_short"
    points.earn(member=me, kind="promotion", value=50, key="gift")
    assert draw(activity, me, "1", with_points=True).source == "points"
    assert points.balance(me) == 30
    assert error_code_of(lambda: draw(activity, me, "2", with_points=True)) == "no_chances"
    assert draw(activity, me, "3").source == "free"


def test_the_limits_of_a_member_and_a_device(acme):
    activity = create_running(free_per_day=5, draws_per_day=2, draws_per_device=3)
    ann, bob = create_member(1), create_member(2)
    for key in ("1", "2"):
        draw(activity, ann, key, device="phone")
    assert error_code_of(lambda: draw(activity, ann, "3", device="phone")) == "draw_limit"
    draw(activity, bob, "1", device="phone")
    assert error_code_of(lambda: draw(activity, bob, "2", device="phone")) == "too_many"
    assert draw(activity, bob, "2", device="other phone").number == 4


def test_who_may_not_draw(acme):
    activity, me = create_running(), create_member()
    blocked = blacklist.block(me, reason="刷奖")
    assert blacklist.block(me, reason="再次").id == blocked.id
    assert error_code_of(lambda: draw(activity, me)) == "draw_blocked"
    blacklist.lift(blocked)
    blacklist.lift(blocked)
    assert draw(activity, me).number == 1
    assert error_code_of(lambda: draw(activity, coupon_fixtures.create_follower("o-1"))) == "members_only"


def test_a_stopped_activity_neither_draws_nor_pays(acme, packets):
    activity = create_running(total_draws=2, prizes=[PACKET], budget=create_budget().public_id)
    me, win = create_member(), wins.find_of_draw(draw(activity, create_member()))
    publication.stop(activity, reason="规则有误")
    assert error_code_of(lambda: draw(activity, create_member(2))) == "activity_paused"
    assert error_code_of(lambda: claims.claim(win=win, customer=me.customer)) == "activity_paused"
    publication.resume(activity)
    assert claims.claim(win=win, customer=me.customer).state == "claiming"
    publication.end(activity)
    assert error_code_of(lambda: draw(activity, create_member(2))) == "activity_ended"


def won(activity, member) -> Win:
    found = wins.find_of_draw(draw(activity, member))
    assert found is not None
    return found


def test_a_red_packet_is_requested_once_and_followed(acme, packets):
    budget, me = create_budget(1000), create_member()
    activity = create_running(total_draws=2, prizes=[PACKET], budget=budget.public_id)
    assert budget_of(activity) == (1000, 600, 0)
    win = won(activity, me)
    assert 100 <= win.amount_fen <= 300
    assert budget_of(activity) == (1000, 300 + win.amount_fen, 0)
    for _ in range(2):
        assert claims.claim(win=win, customer=me.customer).state == "claiming"
    (first,) = packets.requested
    assert packets.requested == {first: win.amount_fen}
    packets.finish(first, "returned")
    assert wins.lock(win.id).state == "waiting"
    assert "退回" in wins.lock(win.id).failure
    claims.claim(win=win, customer=me.customer)
    (second,) = packets.requested.keys() - {first}
    packets.finish(first, "received")  # an old packet decides nothing any more
    assert wins.lock(win.id).state == "claiming"
    for _ in range(2):
        packets.finish(second, "received")
    assert wins.lock(win.id).state == "claimed"
    assert budget_of(activity) == (1000, 300, win.amount_fen)
    publication.end(activity)
    assert budget_of(activity) == (1000, 0, win.amount_fen)


def test_red_5_a_packet_that_is_not_taken_in_time_frees_the_budget(acme, packets, travel):
    activity = create_running(total_draws=2, prizes=[PACKET], budget=create_budget(1000).public_id)
    me = create_member()
    claims.claim(win=won(activity, me), customer=me.customer)
    packets.finish(*packets.requested, "failed")
    travel(timedelta(days=11))
    publication.end_due()
    assert (wins.expire_due(), budget_of(activity)) == (1, (1000, 0, 0))


def budget_of(activity) -> tuple[int, int, int]:
    row = activities.get_by_public_id(activity.public_id).budget
    return row.total_fen, row.reserved_fen, row.paid_fen


def test_coupons_and_points_are_given_at_once(acme):
    rule, me = coupon_fixtures.create_listed_rule(stock=5), create_member()
    coupon = {"name": "五元券", "kind": "coupon", "quantity": 1, "coupon_rule": rule.public_id}
    activity = create_running(total_draws=2, free_per_day=2, prizes=[coupon, {**POINTS, "quantity": 1}])
    for key in ("1", "2"):
        win = wins.find_of_draw(draw(activity, me, key))
        assert claims.claim_at_once(win, me.customer).state == "claimed"
        assert claims.claim(win=win, customer=me.customer).state == "claimed"
    assert points.balance(me) == 10
    assert [row.rule_id for row in me.coupons] == [rule.id]


def test_goods_are_sent_or_given_out_at_the_shop(acme, create_shop):
    shop = create_shop("S1")
    activity = create_running(total_draws=2, prizes=[{**CUP, "quantity": 2}], shops=["S1"])
    ann, bob = create_member(1), create_member(2)
    parcel, own = won(activity, ann), won(activity, bob)
    assert error_code_of(lambda: claims.claim(win=parcel, customer=bob.customer, way="shop")) == "not_found"
    assert error_code_of(lambda: claims.claim(win=parcel, customer=ann.customer)) == "invalid"
    address = {
        "name": "王小美", "phone": "13800000001", "province": "上海市", "city": "上海市", "district": "徐汇区",
        "detail": "虹桥路 1 号",
    }  # fmt: skip
    claims.claim(win=parcel, customer=ann.customer, way="delivery", address=address)
    assert goods_prizes.read_contact(wins.lock(parcel.id))["name"] == "王小美"
    goods_prizes.ship(parcel, courier="顺丰", tracking_number="SF1")
    assert goods_prizes.ship(parcel, courier="顺丰", tracking_number="SF2").state == "claimed"
    code = claims.claim(win=own, customer=bob.customer, way="shop").code
    for _ in range(2):
        given = goods_prizes.give_out(code=code, activity_public_id=activity.public_id, shop=shop)
        assert (given.state, given.shop_id) == ("claimed", shop.id)
    winners = win_list.list_winners(activity)
    assert [row.prize for row in winners] == ["保温杯", "保温杯"]
    assert all("*" in row.name for row in winners)


def test_what_is_not_claimed_in_time_expires(acme, travel):
    rule, budget = coupon_fixtures.create_listed_rule(stock=5), create_budget(1000)
    coupon = {"name": "五元券", "kind": "coupon", "quantity": 1, "coupon_rule": rule.public_id}
    prizes = [CUP, {**PACKET, "quantity": 1}, coupon]
    activity = create_running(total_draws=3, prizes=prizes, budget=budget.public_id)
    people = [create_member(number) for number in range(3)]
    mine = [won(activity, member) for member in people]
    travel(timedelta(days=3))
    assert publication.end_due() == 1
    assert wins.expire_due() == 0
    travel(timedelta(days=7))
    assert (wins.expire_due(), wins.expire_due()) == (3, 0)
    assert error_code_of(lambda: claims.claim(win=mine[0], customer=people[0].customer)) == "prize_expired"
    assert budget_of(activity) == (1000, 0, 0)


@pytest.fixture
def packets(monkeypatch):
    recorder = PacketRecorder()
    monkeypatch.setattr(claims.red_packets, "request", recorder.request)
    return recorder


@pytest.fixture
def travel():
    import time_machine

    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield lambda step: traveller.shift(step)


@pytest.fixture
def create_shop(acme):
    from store.shops import shops
    from store.shops.coordinates import Coordinates

    return lambda code: shops.create_shop(code=code, name=f"{code}店", location=Coordinates(121.47, 31.23))
