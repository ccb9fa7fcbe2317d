"""A fan is known by a platform id, once, and is welcomed for the first time only once."""

from datetime import timedelta

import pytest

from store.company import channels
from store.kernel import clock
from store.kernel.events import Event
from store.people import fans, identities
from store.people.customers import Customer
from store.people.fans import Follow
from store.people.identities import Identity
from tests import world
from tests.store.races import meeting, without_index, without_turns


def follow(openid: str = "o1", **rest):
    return fans.follow(channel=channels.of_key("acme-mp"), openid=openid, **rest)


def known(key: str, openid: str, unionid: str | None = None) -> Customer:
    return fans.known(channel=channels.of_key(key), openid=openid, source="h5", unionid=unionid)


def follows_of_threads(number: int) -> list[int]:
    return [followed.customer.id for followed in world.at_once(8, lambda _: follow())]


def test_the_first_follow_is_the_first_and_no_other(acme, sound):
    assert [follow().first_time, follow().first_time] == [True, False]
    fans.unfollow(channel=channels.of_key("acme-mp"), openid="o1")
    assert Follow.get().unfollowed_at is not None
    assert not follow().first_time
    row = Follow.get()
    assert (row.times, row.unfollowed_at) == (3, None)


def leave(openid: str = "o1", **rest):
    fans.unfollow(channel=channels.of_key("acme-mp"), openid=openid, **rest)


def test_what_is_told_late_does_not_change_who_follows(acme, sound):
    times = [clock.now().replace(microsecond=0) - timedelta(seconds=s) for s in (100, 60, 40, 20, 0)]
    assert follow(at=times[0]).first_time
    follow(at=times[2])
    leave(at=times[1])
    row = Follow.get()
    assert (row.followed_at, row.unfollowed_at, row.times) == (times[2], None, 2)
    leave(at=times[4])
    assert not follow(at=times[3]).first_time
    row = Follow.get()
    assert (row.followed_at, row.unfollowed_at, row.times) == (times[2], times[4], 3)


@pytest.mark.parametrize("ahead_s", [0, 0.7])
def test_within_one_second_what_is_told_last_holds(acme, sound, ahead_s):
    at = clock.now().replace(microsecond=0) - timedelta(seconds=5)
    follow(at=at + timedelta(seconds=ahead_s))
    leave(at=at)
    assert Follow.get().unfollowed_at is not None
    follow(at=at)
    assert Follow.get().unfollowed_at is None


def test_a_time_that_has_not_come_holds_nobody(acme, sound):
    follow(at=clock.now() + timedelta(days=9))
    leave()
    assert Follow.get().unfollowed_at is not None


def test_leaving_twice_or_unknown_changes_nothing(acme):
    account = channels.of_key("acme-mp")
    follow()
    for openid in ("o1", "o1", "stranger"):
        fans.unfollow(channel=account, openid=openid)
    assert Event.select().where(Event.kind == "fans.unfollowed").count() == 1
    assert Customer.select().count() == 1


def test_sixteen_copies_in_two_processes_are_one_fan(house, sound):
    found = [customer for part in house.together(2, follows_of_threads) for customer in part]
    assert len(found) == 16
    assert len(set(found)) == 1
    assert Customer.select().count() == Identity.select().count() == Follow.select().count() == 1
    assert Follow.get().times == 16


def test_without_the_unique_index_two_copies_are_two_people(acme, monkeypatch):
    monkeypatch.setattr(identities, "_bound", meeting(identities._bound))
    with without_index("identity_bound"), without_turns():
        world.at_once(2, lambda number: known("acme-mp", "o1"))
        assert Identity.select().where(Identity.subject == "o1").count() == 2


def test_one_unionid_is_one_person_over_accounts(acme, sound):
    first = known("acme-mp", "o1", "u1")
    second = known("acme-mini", "m1", "u1")
    assert first.id == second.id
    assert {row.provider for row in identities.of(first)} == {"wechat", "wechat_union"}


def test_a_unionid_that_comes_later_joins_what_was_apart(acme, sound):
    first, second = known("acme-mp", "o1"), known("acme-mini", "m1")
    assert first.id != second.id
    known("acme-mp", "o1", "u1")
    assert known("acme-mini", "m1", "u1").id == first.id
    assert identities.openid_of(first, "wxacmemini") == "m1"


def test_a_unionid_never_joins_two_verified_phones(acme, register):
    first, second = known("acme-mp", "o1", "u1"), known("acme-mini", "m1")
    register("13800000001", first)
    register("13800000002", second)
    assert known("acme-mini", "m1", "u1").id == second.id
    assert Customer.select().where(Customer.merged_into.is_null(False)).count() == 0


def test_the_row_with_the_phone_stays(acme, register, sound):
    fan, member = known("acme-mp", "o1", "u1"), known("acme-mini", "m1")
    register("13800000001", member)
    assert known("acme-mini", "m1", "u1").id == member.id
    assert identities.phone_of(member) == "+8613800000001"
    assert Customer.get_by_id(fan.id).merged_into_id == member.id


def test_two_accounts_with_one_unionid_at_once_are_one_person(acme, sound):
    def come(number: int) -> int:
        return known(("acme-mp", "acme-mini")[number % 2], f"o{number % 2}", "u1").id

    assert len(set(world.at_once(8, come))) == 1
    assert Customer.select().where(Customer.merged_into.is_null()).count() == 1


@pytest.mark.parametrize("scene", ["x" * 65, "last_trade_no_" + "1" * 500])
def test_a_scene_of_the_platforms_own_does_not_stop_a_follow(acme, scene):
    assert follow(scene=scene).first_time
    assert Follow.get().scene == scene[:64]
