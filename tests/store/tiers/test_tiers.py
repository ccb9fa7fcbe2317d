"""A member has one tier active, always; joining two keeps the higher."""

import peewee
import pytest

from store.core.database import db
from store.core.errors import DomainError
from store.customers import identities, members, programmes
from store.customers.merging import merges
from store.membership import registration
from store.tenants import business_days
from store.tiers import tiers
from store.tiers.tiers import Tier, TierRecord
from store.tiers.validity import Validity
from tests.support import database


def list_active_tiers() -> int:
    return TierRecord.select().where(TierRecord.ended_at.is_null()).count()


def test_joined_at_once_by_many_there_is_one_tier(create_follower, verify_afterwards):
    customer = create_follower("o1")
    database.run_concurrently(8, lambda number: registration.join(customer=customer, source="h5"))
    assert list_active_tiers() == TierRecord.select().count() == 1


def test_the_database_itself_rejects_a_second_tier_active(register):
    member = register("13800000001")
    with pytest.raises(peewee.IntegrityError), db.database.atomic():
        TierRecord.create(member=member, tier=Tier.get(Tier.code == "gold"), kind="upgrade")
    assert list_active_tiers() == 1


@pytest.mark.parametrize("gold_first", [True, False])
def test_the_higher_tier_stays_whichever_is_kept(register, verify_afterwards, gold_first):
    members_ = [register("13800000001"), register("13800000002")]
    lucky = members_[0 if gold_first else 1]
    TierRecord.update(tier=Tier.get(Tier.code == "gold")).where(TierRecord.member == lucky).execute()
    with db.database.atomic():
        for identity in identities.list_for(members_[1].customer, identities.PHONE):
            identities.unbind(identity)  # two verified phones on one person would break another promise
    merges.merge(survivor=members_[0].customer, duplicate=members_[1].customer, proof="test")
    assert tiers.find_active(members.get_or_create(members_[0].customer)).tier.code == "gold"
    assert (list_active_tiers(), TierRecord.select().count()) == (1, 2)


@pytest.mark.parametrize("keep", [0, 1])
@pytest.mark.parametrize(("ends", "stays"), [((10, 19), 19), ((19, 10), 19), ((10, None), None)])
def test_of_one_tier_twice_what_lasts_longest_stays_whichever_is_kept(
    days, register, verify_afterwards, keep, ends, stays
):
    """Nothing is lost: a year of gold is not given up for the nine days that the other self has left."""
    pair = [register("13800000001"), register("13800000002")]
    gold, until = (
        Tier.get(Tier.code == "gold"),
        [None if day is None else business_days.end_of(days.day(day)) for day in ends],
    )
    for member, end in zip(pair, until, strict=True):
        TierRecord.update(tier=gold, valid_until=end).where(TierRecord.member == member).execute()
    merges.merge_manually(survivor=pair[keep].customer, duplicate=pair[1 - keep].customer, proof="身份证")
    left = tiers.find_active(members.get_or_create(pair[keep].customer)).valid_until
    assert left == (None if stays is None else business_days.end_of(days.day(stays)))
    assert list_active_tiers() == 1


def test_a_tier_is_added_once_and_a_programme_has_one_base(acme):
    programme = programmes.get_default()
    assert tiers.add(programme=programme, code="gold", name="金卡").id == Tier.get(Tier.code == "gold").id
    assert tiers.add(programme=programme, code="base", name="普卡", is_base=True).is_base
    with pytest.raises(DomainError) as refused:
        tiers.add(programme=programme, code="second", name="又一个", is_base=True)
    assert refused.value.code == "base_tier_exists"
    with pytest.raises(peewee.IntegrityError), db.database.atomic():
        Tier.update(is_base=True).execute()


def test_a_tier_without_a_rank_is_above_all_others(acme):
    programme = programmes.get_default()
    silver, diamond = (tiers.add(programme=programme, code=code, name=code) for code in ("silver", "diamond"))
    assert [tier.code for tier in tiers.list_tiers(programme.id)] == ["diamond", "silver", "gold", "base"]
    assert (silver.rank, diamond.rank) == (2, 3)


@pytest.mark.parametrize("rank", [0, 1, -1, tiers.MAX_RANK + 1])
def test_a_rank_that_no_one_can_rise_to_is_refused(acme, rank):
    """The base has 0 and gold 1; of two tiers of one rank only one could be reached from the other."""
    with pytest.raises(DomainError) as refused:
        tiers.add(programme=programmes.get_default(), code="silver", name="银卡", rank=rank)
    assert (refused.value.details["field"], len(tiers.list_tiers(programmes.get_default().id))) == ("rank", 2)


def test_the_base_lies_below_all_others(acme):
    programme = programmes.get_default()
    Tier.update(rank=5).where(Tier.is_base).execute()
    with pytest.raises(DomainError) as refused:
        tiers.add(programme=programme, code="silver", name="银卡", rank=4)
    assert refused.value.details["field"] == "rank"
    Tier.delete().where(Tier.is_base).execute()
    with pytest.raises(DomainError) as refused:
        tiers.add(programme=programme, code="first", name="普卡", rank=4, is_base=True)
    assert refused.value.details["field"] == "rank"
    assert tiers.add(programme=programme, code="first", name="普卡", is_base=True).rank == 0


def test_two_tiers_added_at_once_have_ranks_of_their_own(acme):
    programme = programmes.get_default()
    database.run_concurrently(
        4, lambda number: tiers.add(programme=programme, code=f"t{number}", name=f"T{number}")
    )
    assert sorted(tier.rank for tier in tiers.list_tiers(programme.id)) == [0, 1, 2, 3, 4, 5]


def test_a_follower_has_no_tier(create_follower):
    assert tiers.find_active(members.get_or_create(create_follower("o1"))) is None


@pytest.mark.parametrize(
    "other", [{"name": "白银卡"}, {"rank": 9}, {"validity": Validity(days=30)}, {"is_base": True}]
)
def test_n12_a_repeat_that_differs_is_rejected_and_changes_nothing(mei, other):
    """What would be ignored without a word is named instead."""
    first = {"programme": mei.programme, "code": "silver", "name": "银卡", "rank": 5}
    tier = tiers.add(**first)
    assert tiers.add(**first) == tier
    with pytest.raises(DomainError, check=lambda error: error.code == "already_exists"):
        tiers.add(**{**first, **other})
    assert Tier.get_by_id(tier.id).name == "银卡"
