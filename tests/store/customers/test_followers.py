"""A follower is known by a platform id, once, and is welcomed for the first time only once."""

from datetime import timedelta

import pytest

from store.core import clock
from store.core.events import Event
from store.customers import followers, identities
from store.customers.customers import Customer
from store.customers.followers import Follow
from store.customers.identities import Identity
from store.tenants import channels
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue


def follow(openid: str = "o1", **rest):
    return followers.follow(channel=channels.get_by_key("acme-mp"), openid=openid, **rest)


def get_or_create(key: str, openid: str, unionid: str | None = None) -> Customer:
    return followers.get_or_create_customer(
        channel=channels.get_by_key(key), openid=openid, source="h5", unionid=unionid
    )


def follows_of_threads(number: int) -> list[int]:
    return [followed.customer.id for followed in database.run_concurrently(8, lambda _: follow())]


def test_the_first_follow_is_the_first_and_no_other(acme, verify_afterwards):
    assert [follow().first_time, follow().first_time] == [True, False]
    followers.unfollow(channel=channels.get_by_key("acme-mp"), openid="o1")
    assert Follow.get().unfollowed_at is not None
    assert not follow().first_time
    row = Follow.get()
    assert (row.follow_count, row.unfollowed_at) == (3, None)


def unfollow(openid: str = "o1", **rest):
    followers.unfollow(channel=channels.get_by_key("acme-mp"), openid=openid, **rest)


def test_what_is_reported_late_does_not_change_who_follows(acme, verify_afterwards):
    times = [clock.now().replace(microsecond=0) - timedelta(seconds=s) for s in (100, 60, 40, 20, 0)]
    assert follow(at=times[0]).first_time
    follow(at=times[2])
    unfollow(at=times[1])
    row = Follow.get()
    assert (row.followed_at, row.unfollowed_at, row.follow_count) == (times[2], None, 2)
    unfollow(at=times[4])
    assert not follow(at=times[3]).first_time
    row = Follow.get()
    assert (row.followed_at, row.unfollowed_at, row.follow_count) == (times[2], times[4], 3)


@pytest.mark.parametrize("ahead_s", [0, 0.7])
def test_within_one_second_what_is_reported_last_holds(acme, verify_afterwards, ahead_s):
    at = clock.now().replace(microsecond=0) - timedelta(seconds=5)
    follow(at=at + timedelta(seconds=ahead_s))
    unfollow(at=at)
    assert Follow.get().unfollowed_at is not None
    follow(at=at)
    assert Follow.get().unfollowed_at is None


def test_a_time_that_has_not_come_holds_no_one(acme, verify_afterwards):
    follow(at=clock.now() + timedelta(days=9))
    unfollow()
    assert Follow.get().unfollowed_at is not None


def test_leaving_twice_or_unknown_changes_nothing(acme):
    account = channels.get_by_key("acme-mp")
    follow()
    for openid in ("o1", "o1", "stranger"):
        followers.unfollow(channel=account, openid=openid)
    assert Event.select().where(Event.kind == "followers.unfollowed").count() == 1
    assert Customer.select().count() == 1


def test_sixteen_copies_in_two_processes_are_one_follower(process_group, verify_afterwards):
    found = [customer for part in process_group.run_together(2, follows_of_threads) for customer in part]
    assert len(found) == 16
    assert len(set(found)) == 1
    assert Customer.select().count() == Identity.select().count() == Follow.select().count() == 1
    assert Follow.get().follow_count == 16


def test_without_the_unique_index_two_copies_are_two_people(acme, monkeypatch):
    monkeypatch.setattr(identities, "_find_bound", with_barrier(identities._find_bound))
    with without_index("identity_bound"), without_write_queue():
        database.run_concurrently(2, lambda number: get_or_create("acme-mp", "o1"))
        assert Identity.select().where(Identity.subject == "o1").count() == 2


def test_one_unionid_is_one_person_over_accounts(acme, verify_afterwards):
    first = get_or_create("acme-mp", "o1", "u1")
    second = get_or_create("acme-mini", "m1", "u1")
    assert first.id == second.id
    assert {row.provider for row in identities.list_for(first)} == {"wechat", "wechat_union"}


def test_a_unionid_that_comes_later_joins_what_was_apart(acme, verify_afterwards):
    first, second = get_or_create("acme-mp", "o1"), get_or_create("acme-mini", "m1")
    assert first.id != second.id
    get_or_create("acme-mp", "o1", "u1")
    assert get_or_create("acme-mini", "m1", "u1").id == first.id
    assert identities.find_openid(first, "wxacmemini") == "m1"


def test_a_unionid_never_joins_two_verified_phones(acme, register):
    first, second = get_or_create("acme-mp", "o1", "u1"), get_or_create("acme-mini", "m1")
    register("13800000001", first)
    register("13800000002", second)
    assert get_or_create("acme-mini", "m1", "u1").id == second.id
    assert Customer.select().where(Customer.merged_into.is_null(False)).count() == 0


def test_the_row_with_the_phone_stays(acme, register, verify_afterwards):
    follower, member = get_or_create("acme-mp", "o1", "u1"), get_or_create("acme-mini", "m1")
    register("13800000001", member)
    assert get_or_create("acme-mini", "m1", "u1").id == member.id
    assert identities.find_phone(member) == "+8613800000001"
    assert Customer.get_by_id(follower.id).merged_into_id == member.id


def test_two_accounts_with_one_unionid_at_once_are_one_person(acme, verify_afterwards):
    def come(number: int) -> int:
        return get_or_create(("acme-mp", "acme-mini")[number % 2], f"o{number % 2}", "u1").id

    assert len(set(database.run_concurrently(8, come))) == 1
    assert Customer.select().where(Customer.merged_into.is_null()).count() == 1


@pytest.mark.parametrize("scene", ["x" * 65, "last_trade_no_" + "1" * 500])
def test_a_scene_of_the_platforms_own_does_not_stop_a_follow(acme, scene):
    assert follow(scene=scene).first_time
    assert Follow.get().scene == scene[:64]
