"""The search for members by a part of a name: what it finds, its limit, its log, and what is left after an erasure."""

import pytest

from store.core import actors
from store.core.errors import DomainError
from store.core.listing import Page
from store.customers import name_parts, profiles
from store.customers.merging import merges, undo
from store.customers.name_parts import NamePart
from store.membership import member_list, name_search
from store.membership.member_list import MemberFilter
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants.audit import AuditEntry
from tests.support import query_plans
from tests.support.coupon_fixtures import create_member


def search(text: str, **more: object) -> list[str]:
    return sorted(row.card_number for row in member_list.iterate_members(MemberFilter(search=text, **more)))


@pytest.fixture
def people(acme):
    """王小美 (Rose Lee), 王小明 and 欧阳小美."""
    found = [create_member(number) for number in (1, 2, 3)]
    for member, name in zip(found, ("王小美", "王小明", "欧阳小美"), strict=True):
        profiles.change(member.customer, name=name)
    profiles.change(found[0].customer, nickname="Rose Lee")
    return found


def cards(*members: object) -> list[str]:
    return sorted(member.card_number for member in members)


def test_members_are_found_by_a_part_of_name_or_nickname(people):
    mei, ming, ouyang = people
    assert search("小美") == cards(mei, ouyang)
    assert search("王小") == cards(mei, ming)
    assert search(" 欧阳小 ") == cards(ouyang)
    assert search("ROSE") == search("ｓｅｌｅ") == cards(mei)
    for text in ("小", "美小", "小明明", "李小"):
        assert search(text) == []


def test_parts_follow_a_change_of_the_name(people):
    mei, _, ouyang = people
    profiles.change(mei.customer, name="王大力")
    assert search("小美") == cards(ouyang)
    assert search("大力") == search("rose") == cards(mei)
    profiles.change(mei.customer, name="王大力")
    assert search("大力") == cards(mei)


def test_nothing_is_left_of_an_erased_name(people):
    for member in people:
        profiles.erase(member.customer)
    assert (search("小美"), NamePart.select().count()) == ([], 0)


def test_a_merge_gives_the_name_and_its_undo_takes_it_back(people):
    mei, nameless = people[0], create_member(4)
    merges.merge_manually(survivor=nameless.customer, duplicate=mei.customer, proof="本人到店")
    assert search("王小美") == search("rose") == cards(nameless)
    with actors.acting_as(actors.Actor(kind="staff", name="clerk")):
        undo.unmerge(merge=merges.list_merges()[0], reason="不是同一人")
    assert search("rose") == cards(mei)


def test_names_that_share_a_hash_are_not_confused(people, monkeypatch):
    monkeypatch.setattr(name_parts, "_hashes_of", lambda name: {7} if name else set())
    NamePart.delete().execute()
    name_parts.refresh([member.customer_id for member in people])
    assert search("欧阳") == cards(people[2])
    monkeypatch.setattr(name_parts, "matches", lambda customer, text: True)
    assert search("欧阳") == cards(*people)  # control: the hashes alone find all


def test_too_many_results_ask_for_more_of_the_name(people, monkeypatch):
    monkeypatch.setattr(name_search, "MAX_FOUND", 1)
    with pytest.raises(DomainError, match="超过 1 位") as raised:
        search("小美")
    assert raised.value.code == "too_many_found"
    assert search("王小美") == cards(people[0])
    profiles.change(people[1].customer, name="小美")
    assert search("小美") == cards(people[1])  # who has exactly this name


def test_members_of_other_shops_neither_show_nor_count(people, monkeypatch):
    shop = shops.create_shop(code="S1", name="西站店", location=Coordinates(116.3, 39.9))
    people[0].customer.update_fields(managing_shop_id=shop.id)
    monkeypatch.setattr(name_search, "MAX_FOUND", 1)
    assert search("小美", shop_ids=frozenset([shop.id])) == cards(people[0])


def test_no_table_is_read_as_a_whole(people, server_url):
    if server_url is not None:
        pytest.skip("the plans of SQLite are compared")
    with query_plans.captured_statements() as statements:
        for shop_ids in (None, frozenset({1, 2})):
            member_list.list_page(MemberFilter(search="小美", shop_ids=shop_ids), Page())
    assert query_plans.list_scans(statements, growing={"name_part", "customer", "member"}) == []


def test_the_log_gets_the_number_of_results_and_never_the_text(people):
    search("小美")
    [entry] = AuditEntry.select().where(AuditEntry.action == "members.search_by_name")
    assert entry.after == {"found": 2}
    assert "小美" not in str(entry.__data__)
    search("13800000001")
    search("rose@example.com")
    assert AuditEntry.select().where(AuditEntry.action == "members.search_by_name").count() == 1
