"""A member has one tier in force, always; joining two keeps the higher."""

import peewee
import pytest

from store.company import calendar
from store.kernel import db
from store.kernel.refusals import Refused
from store.loyalty import memberships, tiers
from store.loyalty.tiers import Tier, TierRecord
from store.people import identities, members, merges, programmes
from tests import world


def active() -> int:
    return TierRecord.select().where(TierRecord.ended_at.is_null()).count()


def test_joined_at_once_by_many_there_is_one_tier(fan, sound):
    customer = fan("o1")
    world.at_once(8, lambda number: memberships.join(customer=customer, source="h5"))
    assert active() == TierRecord.select().count() == 1


def test_the_database_itself_refuses_a_second_tier_in_force(register):
    member = register("13800000001")
    with pytest.raises(peewee.IntegrityError), db.database.atomic():
        TierRecord.create(member=member, tier=Tier.get(Tier.code == "gold"), kind="upgrade")
    assert active() == 1


@pytest.mark.parametrize("gold_first", [True, False])
def test_the_higher_tier_stays_whoever_is_kept(register, sound, gold_first):
    members_ = [register("13800000001"), register("13800000002")]
    lucky = members_[0 if gold_first else 1]
    TierRecord.update(tier=Tier.get(Tier.code == "gold")).where(TierRecord.member == lucky).execute()
    with db.database.atomic():
        for identity in identities.of(members_[1].customer, identities.PHONE):
            identities.unbind(identity)  # two verified phones on one person would break another promise
    merges.merge(keep=members_[0].customer, lose=members_[1].customer, proof="test")
    assert tiers.of(members.of_customer(members_[0].customer)).tier.code == "gold"
    assert (active(), TierRecord.select().count()) == (1, 2)


@pytest.mark.parametrize("keep", [0, 1])
@pytest.mark.parametrize(("ends", "stays"), [((10, 19), 19), ((19, 10), 19), ((10, None), None)])
def test_of_one_tier_twice_what_lasts_longest_stays_whoever_is_kept(days, register, sound, keep, ends, stays):
    """Nothing is lost: a year of gold is not given up for the nine days that the other self has left."""
    pair = [register("13800000001"), register("13800000002")]
    gold, until = (
        Tier.get(Tier.code == "gold"),
        [None if day is None else calendar.end_of(days.day(day)) for day in ends],
    )
    for member, end in zip(pair, until, strict=True):
        TierRecord.update(tier=gold, valid_until=end).where(TierRecord.member == member).execute()
    merges.merge_by_hand(keep=pair[keep].customer, lose=pair[1 - keep].customer, proof="身份证")
    left = tiers.of(members.of_customer(pair[keep].customer)).valid_until
    assert left == (None if stays is None else calendar.end_of(days.day(stays)))
    assert active() == 1


def test_a_tier_is_added_once_and_a_programme_has_one_base(acme):
    club = programmes.main()
    assert tiers.add(programme=club, code="gold", name="金卡").id == Tier.get(Tier.code == "gold").id
    assert tiers.add(programme=club, code="base", name="普卡", base=True).is_base
    with pytest.raises(Refused) as refused:
        tiers.add(programme=club, code="second", name="又一个", base=True)
    assert refused.value.code == "base_tier_exists"
    with pytest.raises(peewee.IntegrityError), db.database.atomic():
        Tier.update(is_base=True).execute()


def test_a_tier_without_a_rank_stands_above_all_others(acme):
    club = programmes.main()
    silver, diamond = (tiers.add(programme=club, code=code, name=code) for code in ("silver", "diamond"))
    assert [tier.code for tier in tiers.listing(club.id)] == ["diamond", "silver", "gold", "base"]
    assert (silver.rank, diamond.rank) == (2, 3)


@pytest.mark.parametrize("rank", [0, 1, -1, tiers.HIGHEST_RANK + 1])
def test_a_rank_that_nobody_can_rise_to_is_refused(acme, rank):
    """The base has 0 and gold 1; of two tiers of one rank only one could be reached from the other."""
    with pytest.raises(Refused) as refused:
        tiers.add(programme=programmes.main(), code="silver", name="银卡", rank=rank)
    assert (refused.value.facts["field"], len(tiers.listing(programmes.main().id))) == ("rank", 2)


def test_the_base_lies_below_all_others(acme):
    club = programmes.main()
    Tier.update(rank=5).where(Tier.is_base).execute()
    with pytest.raises(Refused) as refused:
        tiers.add(programme=club, code="silver", name="银卡", rank=4)
    assert refused.value.facts["field"] == "rank"
    Tier.delete().where(Tier.is_base).execute()
    with pytest.raises(Refused) as refused:
        tiers.add(programme=club, code="first", name="普卡", rank=4, base=True)
    assert refused.value.facts["field"] == "rank"
    assert tiers.add(programme=club, code="first", name="普卡", base=True).rank == 0


def test_two_tiers_added_at_once_have_ranks_of_their_own(acme):
    club = programmes.main()
    world.at_once(4, lambda number: tiers.add(programme=club, code=f"t{number}", name=f"T{number}"))
    assert sorted(tier.rank for tier in tiers.listing(club.id)) == [0, 1, 2, 3, 4, 5]


def test_a_fan_has_no_tier(fan):
    assert tiers.of(members.of_customer(fan("o1"))) is None
