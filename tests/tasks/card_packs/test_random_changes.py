"""Random changes of points, balance and tier while platforms lose answers: afterwards both packs show the ledgers."""

import os
import random
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from store.core import clock
from store.core.database import db
from store.customers import members
from store.customers.members import Member
from store.member_cards import contents, joins, pack_templates
from store.member_cards.joins import FormAnswer
from store.member_cards.pack_cards import PackCard
from store.member_cards.pushing import CardPackSettings
from store.membership import registration
from store.points import points
from store.stored_value import top_up_payables, top_up_rules, top_ups
from store.tenants import settings
from store.tiers import tiers
from tasks import relay
from tasks.card_packs import pushing
from tests.support.card_fixtures import FakePacks, give_openid, make_live_template, receive

LOST_SHARE = 0.3
NIGHT_S = 6 * 3600
BURSTS = 3  # after each of them the relay is idle


def add_member(number: int) -> Member:
    """A member with a card in both packs."""
    member = registration.register_at_desk(phone=f"1380013{number:04d}")
    give_openid(member, f"o{number}")
    receive(f"o{number}", f"code{number}")
    alipay = next(
        row for row in pack_templates.list_for(PackCard.get().template.template) if row.platform == "alipay"
    )
    joins.open_card(pack=alipay, answer=FormAnswer(f"2088{number:012d}", "", f"1380013{number:04d}", "token"))
    return member


def change(member: Member, kind: str, number: int) -> None:
    """One change of a ledger."""
    if kind == "earn":
        points.earn(member=member, kind="promotion", value=1 + number % 97, key=f"e{number}")
    elif kind == "spend" and points.balance(member) > 3:
        points.spend(member=member, kind="gift_redemption", value=3, key=f"s{number}")
    elif kind == "balance":
        asked = top_ups.request(member=member, amount_fen=100, key=f"t{number}")
        top_up_payables.take(asked.number, attempt_number=f"a{number}", kind="wechat_web", amount_fen=100)
    else:
        move_to_other_tier(member)


@db.transactional
def move_to_other_tier(member: Member) -> None:
    members.lock(member.id)
    record = tiers.find_active(member)
    other = next(tier for tier in tiers.list_tiers(member.programme_id) if tier.id != record.tier_id)
    tiers.transition(record, other, kind="upgraded", explanation={}, at=clock.now())


def run_until_idle(travel: Any) -> None:
    """Push until nothing is due, with the waiting times after lost answers."""
    relay.run("acme")
    for _ in range(60):
        if not PackCard.select().where(PackCard.due_at.is_null(False)).exists():
            return
        travel.shift(timedelta(hours=1))
        pushing.request_pushing()
        relay.run("acme")
    raise AssertionError("cards stay due")


def check_shown(packs: FakePacks) -> None:
    for card in PackCard.select():
        shown = packs.shown[card.code]
        assert contents.compute_for(card) == contents.CardContent(shown.points, shown.balance_fen, shown.tier)


@pytest.mark.parametrize(
    ("members_count", "changes"), [(5, 60), pytest.param(100, 1_000, marks=pytest.mark.deep)]
)
def test_packs_show_the_ledgers_after_lost_answers(packs, acme, members_count, changes):
    make_live_template(activations=("auto",))
    top_up_rules.add(code="any", name="充值", steps=[{"amount_fen": 100, "bonus_fen": 10}])
    settings.change(CardPackSettings, wechat_per_second=200, alipay_per_second=200)
    chance = random.Random(int(os.environ["SEED"]))
    with time_machine.travel(clock.now()) as travel:
        people = [add_member(number) for number in range(members_count)]
        run_until_idle(travel)
        packs.calls.clear()
        packs.lost_share = LOST_SHARE
        cards = 0
        for burst in range(BURSTS):
            changed: set[int] = set()
            for number in range(burst * changes // BURSTS, (burst + 1) * changes // BURSTS):
                member = chance.choice(people)
                change(member, chance.choice(["earn", "earn", "spend", "balance", "tier"]), number)
                changed.add(member.id)
            run_until_idle(travel)
            check_shown(packs)
            cards += 2 * len(changed)
    assert packs.calls["lost"] > cards * LOST_SHARE / 2
    assert packs.calls["all"] - packs.calls["lost"] <= 1.2 * cards


@pytest.mark.deep
def test_night_is_long_enough_for_a_hundred_thousand_cards(packs, acme):
    """Apart from the platform's own time a card costs so little that its limit of calls decides."""
    make_live_template(activations=("auto",))
    settings.change(CardPackSettings, wechat_per_second=200, alipay_per_second=200)
    with time_machine.travel(clock.now()) as travel:
        people = [add_member(number) for number in range(100)]
        run_until_idle(travel)
    for number, member in enumerate(people):
        change(member, "earn", number)
    began = time.monotonic()
    assert pushing.run(max_run_s=60) == 200
    spent_s = time.monotonic() - began
    assert spent_s / 200 * 100_000 < NIGHT_S / 2
