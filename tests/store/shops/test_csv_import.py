"""Imports of shops: what the dry run showed, and nothing else."""

import pytest

from store.core.errors import DomainError
from store.core.events import Event
from store.shops import changes, csv_import, shops
from store.shops.coordinates import Coordinates
from tests.support import database

PHONES = "code,name,lng,lat,phone\nS1,前门店,,,010-1\nS2,后门店,116.4,39.9,010-2\n"


def test_the_same_import_again_changes_nothing(shop):
    lines = csv_import.parse_csv(PHONES)
    first = csv_import.import_all(lines)
    assert (first.created, list(first.changed), first.existing) == (1, ["S1"], 0)
    kinds = [event.kind for event in Event.select()]
    second = csv_import.import_all(lines)
    assert (second.created, second.changed, second.existing) == (0, {}, 2)
    assert [event.kind for event in Event.select()] == kinds


@pytest.mark.parametrize("guarded", [True, False])
def test_a_change_after_the_dry_run_is_not_overwritten(shop, guarded):
    lines = csv_import.parse_csv(PHONES)
    planned = csv_import.dry_run(lines)
    changes.change(shop, details={"phone": "010-9"})
    if not guarded:  # negative control: without the result of the dry run the change is lost
        csv_import.import_all(lines)
        assert shops.get_by_code("S1").phone == "010-1"
        return
    with pytest.raises(DomainError) as rejected:
        csv_import.import_all(lines, expected=planned)
    assert rejected.value.code == "import_outdated"
    assert shops.get_by_code("S1").phone == "010-9"
    assert shops.list_shops()[1] == 1


def test_imports_at_once_change_each_shop_once(shop):
    lines = csv_import.parse_csv(PHONES)
    database.run_concurrently(4, lambda number: csv_import.import_all(lines))
    kinds = sorted(event.kind for event in Event.select())
    assert kinds == ["shops.changed", "shops.created", "shops.created"]


def test_details_and_place_change_together_or_not_at_all(shop):
    with pytest.raises(DomainError):
        changes.change(shop, location=Coordinates(1, 1), details={"phone": "call me"})
    assert shops.get_by_code("S1").location == shop.location
    differences = changes.change(shop, location=Coordinates(1, 1), details={"phone": "010-3"})
    assert [str(one) for one in differences] == [
        "电话：（空） → 010-3",
        "位置：116.404000,39.915000 → 1.000000,1.000000",
    ]
    assert changes.change(shop, location=Coordinates(1, 1), details={"phone": "010-3"}) == []
