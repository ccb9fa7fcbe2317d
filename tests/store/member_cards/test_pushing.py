"""Pushing: leases, calls without an answer, limits, rejections, and the nightly comparison."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine

from store.core import clock
from store.core.errors import DomainError
from store.integrity import verifier
from store.member_cards import card_list, contents, pack_cards, pushing, reconciliation
from store.member_cards.card_list import CardFilter
from store.member_cards.pack_cards import PackCard
from store.member_cards.pushing import CardPackSettings
from store.points import points
from store.tenants import registry, settings
from store.tiers import tier_changes, tiers
from tests.store.member_cards.conftest import push_all, read
from tests.support.card_fixtures import receive


def change(member, number: int) -> None:
    points.earn(member=member, kind="promotion", value=10, key=f"e{number}")


def prepare_one() -> pushing.PushRequest:
    (claimed,) = pushing.claim("wechat")
    request = pushing.prepare(claimed)
    assert request is not None
    return request


def test_repeat_after_a_lost_answer_sends_the_newest_total(card, member):
    change(member, 1)
    request = prepare_one()
    pushing.postpone(request, reason="没有应答")
    change(member, 2)
    assert pushing.claim("wechat") == []
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert prepare_one().content.points == 20


def test_lost_answer_is_repeated_also_if_the_ledger_is_as_before(card, member):
    """The platform may show 10, so 0 is sent although 0 was the last confirmed total."""
    change(member, 1)
    pushing.postpone(prepare_one(), reason="没有应答")
    points.spend(member=member, kind="gift_redemption", value=10, key="s1")
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert prepare_one().content.points == 0


def test_change_during_a_call_leaves_the_card_due(card, member):
    change(member, 1)
    request = prepare_one()
    change(member, 2)
    assert pushing.finish(request).due_at is not None
    assert [request.content.points for request in push_all()] == [20]


def test_claimed_card_is_pushed_by_one_process_and_after_the_lease_by_another(card, member):
    change(member, 1)
    (mine,) = pushing.claim("wechat")
    assert pushing.claim("wechat") == []
    pushing.release([mine])
    (other,) = pushing.claim("wechat")
    assert pushing.prepare(mine) is None
    with time_machine.travel(clock.now() + pushing.LEASE * 2):
        (third,) = pushing.claim("wechat")
        assert pushing.prepare(other) is None
        assert pushing.prepare(third) is not None


def test_platform_that_rests_gets_no_calls(card, member):
    change(member, 1)
    pushing.pause("wechat", until=clock.now() + timedelta(hours=1))
    assert (pushing.claim("wechat"), pushing.has_due()) == ([], False)
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert (len(push_all()), pushing.has_due()) == (1, False)


def test_second_of_a_platform_has_its_limit(acme):
    settings.change(CardPackSettings, wechat_per_second=3)
    with time_machine.travel(clock.now().replace(microsecond=0), tick=False):
        assert [pushing.take_call("wechat") for _ in range(4)] == [True, True, True, False]
        assert pushing.take_call("alipay")


def test_rejected_card_waits_for_staff_who_see_it(card, member):
    change(member, 1)
    pushing.reject(prepare_one(), reason="字段太长")
    change(member, 2)
    assert push_all() == []
    rows, total = card_list.list_page(CardFilter(problem=True), card_list.Page())
    assert (total, rows[0].problem, card_list.count_problems(None)) == (1, "字段太长", 1)
    for _ in range(2):
        card_list.retry(reference=card.reference)
    assert [request.content.points for request in push_all()] == [20]
    with pytest.raises(DomainError):
        card_list.retry(reference="pcd_unknown")


def test_answer_that_does_not_come_for_hours_is_reported(card, member):
    change(member, 1)
    with time_machine.travel(clock.now()) as travel:
        for _ in range(pushing.REPORTED_AFTER):
            pushing.postpone(prepare_one(), reason="没有应答")
            travel.shift(timedelta(hours=2))
        assert card_list.count_problems(None) == 1
        assert len(push_all()) == 1
        assert card_list.count_problems(None) == 0


def test_night_finds_the_name_of_a_tier_and_what_a_platform_shows_wrongly(card, member):
    tier = tiers.find_active(member).tier
    tier_changes.change(
        tier_id=tier.id, name="银卡", rank=tier.rank, validity=tier.validity, discount_percent=0
    )
    assert reconciliation.mark_different(0) is None
    assert [request.content.tier for request in push_all()] == ["银卡"]
    with time_machine.travel(clock.now() + timedelta(days=2)):
        (found,) = reconciliation.list_to_check(10)
        assert reconciliation.record_shown(found, contents.CardContent(0, 0, None))
        assert reconciliation.list_to_check(10) == []
        assert not reconciliation.record_shown(read("code1"), contents.CardContent(7, 0, None))
        assert len(push_all()) == 1


@pytest.mark.deep_on_postgresql
def test_postings_and_pushes_at_once_lose_no_change(card, member):
    """After all threads the card shows the ledger. A mark that is left out is seen by the verifier."""
    rounds, start = 12, Barrier(3)

    def post(first: int) -> None:
        with registry.use_tenant("acme"):
            start.wait()
            for number in range(rounds):
                change(member, first + number)

    def push() -> None:
        with registry.use_tenant("acme"):
            start.wait()
            for _ in range(rounds):
                push_all()

    with ThreadPoolExecutor(3) as pool:
        done = [pool.submit(post, 100), pool.submit(post, 200), pool.submit(push)]
        for future in done:
            future.result()
    push_all()
    assert read("code1").pushed["points"] == 2 * rounds * 10
    assert list_content_violations() == []


def test_change_without_a_mark_is_seen_by_the_verifier(card, member, monkeypatch):
    """The negative control: without the mark the card stays behind, and the check says so."""
    monkeypatch.setattr(pack_cards, "mark_changed", lambda member_ids: None)
    change(member, 1)
    assert push_all() == []
    assert list_content_violations() == [card.id]


def list_content_violations() -> list[int]:
    (check,) = [one for one in verifier.CHECKS if one.name == "member_cards.content"]
    return [violation.id for violation in check.list_violations()]


def test_first_card_and_points_at_once_show_the_points(card, member):
    """A card that arrives while points are posted reads them, because both lock the member."""
    gate = Barrier(2)

    def run(work) -> None:
        with registry.use_tenant("acme"):
            gate.wait()
            work()

    with ThreadPoolExecutor(2) as pool:
        done = [
            pool.submit(run, lambda: change(member, 1)),
            pool.submit(run, lambda: receive("mei", "code2")),
        ]
        for future in done:
            future.result()
    push_all()
    push_all()
    assert {row.pushed["points"] for row in PackCard.select()} == {10}
