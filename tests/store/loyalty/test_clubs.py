"""A club is opened once with all that it needs, however many open it."""

from store.company import audit
from store.loyalty import clubs, points, tiers
from store.loyalty.point_accounts import PointGroup
from store.loyalty.tiers import Tier
from store.people import programmes
from store.people.programmes import Programme
from tests import world
from tests.store.races import meeting, without_index, without_turns


def open_vip(_: int = 0) -> clubs.Opened:
    return clubs.open_club(code="vip", name="尊享会")


def test_opened_twice_it_is_one_and_the_second_time_nothing_changes(acme, sound):
    assert open_vip().anew
    before = world.dump()
    assert not open_vip().anew
    assert world.dump() == before


def test_a_club_that_many_open_at_once_is_one(acme, sound):
    opened = world.at_once(8, open_vip)
    club = programmes.of_code("vip")
    assert {each.programme for each in opened} == {club}
    assert (tiers.base_of(club.id).code, [group.code for group in points.groups(club)]) == (
        "base",
        ["points"],
    )
    for model in (Tier, PointGroup):
        assert model.select().where(model.programme == club).count() == 1


def test_control_without_its_guards_a_programme_is_opened_twice(acme, monkeypatch):
    monkeypatch.setattr(Programme, "find", meeting(Programme.find))
    monkeypatch.setattr(audit, "record", lambda *about, **facts: None)  # it has a turn of its own
    with without_index("programme_code"), without_turns():
        world.at_once(2, lambda _: programmes.open_programme(code="vip", name="尊享会"))
        assert Programme.select().where(Programme.code == "vip").count() == 2
