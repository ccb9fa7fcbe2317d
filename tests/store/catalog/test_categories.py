"""Categories: three levels, each code once, changed and retired without losing a product."""

import pytest

from store.catalog import categories, category_retirement
from store.core.errors import DomainError


def test_a_category_is_created_once_below_another(drinks):
    made = [categories.create_category(code="C2", name="茶", parent=drinks) for _ in range(2)]
    assert made[0].id == made[1].id
    assert (made[0].level, categories.list_subtree_ids(drinks)) == (2, [drinks.id, made[0].id])
    with pytest.raises(DomainError) as refused:
        categories.create_category(code="C2", name="茶")
    assert refused.value.code == "category_code_taken"


def test_there_are_three_levels(drinks):
    tea = categories.create_category(code="C2", name="茶", parent=drinks)
    green = categories.create_category(code="C3", name="绿茶", parent=tea)
    with pytest.raises(DomainError) as refused:
        categories.create_category(code="C4", name="龙井", parent=green)
    assert refused.value.code == "category_too_deep"
    rows = categories.list_all()
    assert categories.read_paths(rows)[green.id] == "饮料 / 茶 / 绿茶"
    assert categories.sort_as_tree(rows) == [drinks, tea, green]


def test_a_change_repeats_as_nothing_and_a_used_category_is_not_retired(drinks):
    for _ in range(2):
        assert categories.change_category(drinks, name="酒水", sort_order=3).name == "酒水"
    tea = categories.create_category(code="C2", name="茶", parent=drinks)
    with pytest.raises(DomainError) as refused:
        category_retirement.retire_category(drinks)
    assert refused.value.code == "category_in_use"
    category_retirement.retire_category(tea)
    category_retirement.retire_category(drinks)
    with pytest.raises(DomainError) as refused:
        categories.restore_category(tea)
    assert refused.value.code == "category_retired"
    with pytest.raises(DomainError) as refused:
        categories.change_category(drinks, name="")
    assert refused.value.code == "invalid"
