"""A programme is opened once with all that it needs, however many open it."""

from store.customers import programmes
from store.customers.programmes import Programme
from store.membership import programme_setup
from store.points import points
from store.points.ledger import PointGroup
from store.tenants import audit
from store.tiers import tiers
from store.tiers.tiers import Tier
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue


def open_vip(_: int = 0) -> programme_setup.SetUpResult:
    return programme_setup.set_up_programme(code="vip", name="尊享会")


def test_opened_twice_is_one_and_the_second_time_nothing_changes(acme, verify_afterwards):
    assert open_vip().changed
    before = database.dump_rows()
    assert not open_vip().changed
    assert database.dump_rows() == before


def test_a_programme_that_many_open_at_once_is_one(acme, verify_afterwards):
    opened = database.run_concurrently(8, open_vip)
    programme = programmes.find_by_code("vip")
    assert {each.programme for each in opened} == {programme}
    assert (
        tiers.find_base_tier(programme.id).code,
        [group.code for group in points.list_groups(programme)],
    ) == (
        "base",
        ["points"],
    )
    for model in (Tier, PointGroup):
        assert model.select().where(model.programme == programme).count() == 1


def test_control_without_its_guards_a_programme_is_opened_twice(acme, monkeypatch):
    monkeypatch.setattr(Programme, "find", with_barrier(Programme.find))
    monkeypatch.setattr(audit, "record", lambda *about, **facts: None)  # it has a turn of its own
    with without_index("programme_code"), without_write_queue():
        database.run_concurrently(2, lambda _: programmes.create_programme(code="vip", name="尊享会"))
        assert Programme.select().where(Programme.code == "vip").count() == 2
