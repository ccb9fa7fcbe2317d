"""Gift records for staff: searched, filtered, paged, exported, with the phones of the day of each step."""

from datetime import timedelta

import pytest
import time_machine

from store.core import cache as tenant_cache
from store.core import clock
from store.coupons import coupons, gift_records
from store.coupons import gifts as coupon_gifts
from store.coupons.gift_records import GiftFilter
from store.coupons.gifts import CouponGiftStep
from store.customers import profiles
from store.customers.merging import merges
from store.membership import registration
from tests.support import database, query_plans
from tests.support.coupon_fixtures import create_listed_rule, create_member


@pytest.fixture
def rule(acme):
    return create_listed_rule(claims_per_member=None, by_campaign=True)


@pytest.fixture
def gift(rule):
    """Gives a coupon and answers it, unless the answer is None; returns coupon code and gift."""
    numbers = iter(range(1000))

    def give(giver, receiver=None, *, decline=False):
        coupon = coupons.issue(rule=rule, member=giver, key=f"k{next(numbers)}")
        made, token = coupon_gifts.create_gift(coupon=coupon, giver=giver)
        if receiver:
            (coupon_gifts.decline if decline else coupon_gifts.accept)(token=token, receiver=receiver)
        return coupon.code, made

    return give


@pytest.fixture
def mei(rule):
    member = create_member(1)
    profiles.change(member.customer, name="王小美")
    return member


@pytest.fixture
def qiang(rule):
    return create_member(2)


def test_l22_gifts_are_listed_with_both_people_and_searched_by_the_giver(
    run_command, run_json, gift, mei, qiang
):
    code, first = gift(mei, qiang)
    gift(qiang, mei)
    shown = run_json("coupons", "gifts")
    assert (shown["total"], [item["number"] for item in shown["items"]]) == (2, [first.id + 1, first.id])
    item = shown["items"][1]
    assert item["giver"] == {"name": "王**", "card_number": mei.card_number, "phone": "138****0001"}
    assert item["receiver"] == {"name": "", "card_number": qiang.card_number, "phone": "138****0002"}
    assert (item["state"], item["label"], item["coupon"]) == ("accepted", "已被领取", code)
    card = mei.card_number
    spaced = f"{card[:4]} {card[4:8]}-{card[8:]}"
    for text in ("王小美", "138 0000 0001", "+8613800000001", card, spaced, code):
        found = run_json("coupons", "gifts", "--search", text)["items"]
        assert [row["number"] for row in found] == [first.id], text
    assert run_command("coupons", "gifts", "--search", "无此人").output == "没有转赠记录\n"
    assert "138****0001" in run_command("coupons", "gifts").output


def test_l22_gifts_are_filtered_by_state_and_day_and_paged(run_command, run_json, gift, mei, qiang):
    _, old = gift(mei)
    with time_machine.travel(clock.now() + timedelta(days=2)):
        _, declined = gift(mei, qiang, decline=True)
        _, open_one = gift(mei)

        def numbers(*words):
            return [item["number"] for item in run_json("coupons", "gifts", *words)["items"]]

        assert numbers("--state", "timed_out") == [old.id]  # before the job has marked it
        assert numbers("--state", "offered") == [open_one.id]
        assert numbers("--state", "declined") == [declined.id]
        today = clock.today().isoformat()
        assert numbers("--since", today, "--until", today) == [open_one.id, declined.id]
        assert numbers("--until", (clock.today() - timedelta(days=1)).isoformat()) == [old.id]
        page = run_json("coupons", "gifts", "--limit", "2")
        assert (page["total"], page["next"]) == (3, declined.id)
        assert numbers("--limit", "2", "--before", str(declined.id)) == [old.id]
        assert f"--before {declined.id}" in run_command("coupons", "gifts", "--limit", "2").output


def test_l22_the_detail_shows_each_step_with_scene_and_state_of_the_coupon(
    run_command, run_json, gift, mei, qiang
):
    _, made = gift(mei, qiang)
    steps = run_json("coupons", "gift", str(made.id))["steps"]
    assert [(step["scene"], step["phone"], step["before"], step["after"]) for step in steps] == [
        ("发起转赠", "138****0001", "issued", "gifting"), ("接受转赠", "138****0002", "gifting", "issued"),
    ]  # fmt: skip
    output = run_command("coupons", "gift", str(made.id)).output
    assert "可使用 ⇒ 转赠中" in output
    assert "转赠中 ⇒ 可使用" in output
    _, late = gift(mei)
    with time_machine.travel(clock.now() + timedelta(days=2)):
        coupon_gifts.time_out_due()
    scenes = [step["scene"] for step in run_json("coupons", "gift", str(late.id))["steps"]]
    assert scenes == ["发起转赠", "超时退回"]
    assert "没有找到该转赠" in run_command("coupons", "gift", "999").output


def test_l22_phones_are_those_of_the_day_of_the_step(run_json, gift, mei, qiang):
    _, made = gift(mei, qiang)
    registration.register_by_platform(phone="13900139000", source="pos", customer=mei.customer)
    _, later = gift(mei)
    shown = {item["number"]: item["giver"]["phone"] for item in run_json("coupons", "gifts")["items"]}
    assert shown == {made.id: "138****0001", later.id: "139****9000"}
    by_old = run_json("coupons", "gifts", "--search", "13800000001")["items"]
    assert [item["number"] for item in by_old] == [made.id]


def test_l22_an_erasure_erases_the_phones_of_the_steps(run_json, gift, mei, qiang):
    gift(mei, qiang)
    profiles.erase(mei.customer)
    (item,) = run_json("coupons", "gifts")["items"]
    assert (item["giver"]["name"], item["giver"]["phone"]) == ("", None)
    assert item["receiver"]["phone"] == "138****0002"
    assert run_json("coupons", "gifts", "--search", "13800000001")["items"] == []
    before = database.dump_rows()
    profiles.erase(mei.customer)
    assert database.dump_rows() == before


def test_l22_an_erasure_after_a_merge_erases_the_phones_of_both(run_json, gift, mei, qiang):
    made = [gift(mei, decline=False)[1], gift(qiang)[1]]
    merges.merge_manually(survivor=qiang.customer, duplicate=mei.customer, proof="本人到店")
    shown = {item["number"]: item["giver"] for item in run_json("coupons", "gifts")["items"]}
    assert shown[made[0].id]["card_number"] == mei.card_number  # the card of that day
    profiles.erase(qiang.customer)
    assert [step.phone for step in CouponGiftStep.select()] == [None, None]


def test_l22_phones_of_steps_are_stored_encrypted(gift, mei, qiang):
    gift(mei, qiang)
    assert CouponGiftStep.select().count() == 2
    rows = coupon_gifts.db.database.execute_sql("SELECT * FROM coupon_gift_step").fetchall()
    assert "13800000001" not in str(rows)


def test_l22_records_are_exported_as_csv(run_command, gift, mei, qiang, tmp_path):
    profiles.change(qiang.customer, nickname="=1+1")
    for _ in range(3):
        gift(mei, qiang)
    file = tmp_path / "gifts.csv"
    assert "已保存到" in run_command("coupons", "gifts", "--limit", "1", "--csv", str(file)).output
    lines = file.read_bytes().decode("utf-8").splitlines()
    assert lines[0].startswith("\ufeff编号,转赠时间,转赠者,转赠者手机号")
    assert len(lines) == 4
    assert "'=1+1" in lines[1]
    assert "不能写入" in run_command("coupons", "gifts", "--csv", str(tmp_path / "no" / "x.csv")).output


def test_l22_a_page_takes_the_same_number_of_queries_for_any_number_of_gifts(gift, mei, qiang):
    counts = []
    for _ in range(2):
        for _ in range(3):
            gift(mei, qiang)
        tenant_cache.clear()  # what is cached for a second would be read again on a slow machine only
        with query_plans.captured_statements() as statements:
            gift_records.list_records(GiftFilter())
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 4


@pytest.mark.parametrize(
    "words", [("--before", "0"), ("--limit", "1000"), ("--state", "x"), ("--since", "1")]
)
def test_l22_wrong_filters_are_refused(run_command, acme, words):
    assert run_command("coupons", "gifts", *words).exit_code == 2
