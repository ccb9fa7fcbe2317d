"""A merge that was a mistake is undone: each has their own again, to the point and the fen, or it says why not."""

from datetime import timedelta

import pytest

from store.check_ins import check_ins
from store.core import actors
from store.core.errors import DomainError
from store.core.events import Event
from store.customers import customers, followers, identities, members, profiles, sessions
from store.customers.customers import Customer
from store.customers.merging import journal as merge_journal
from store.customers.merging import merges
from store.customers.merging import rules as merge_rules
from store.customers.merging import undo as merge_undo
from store.customers.merging.journal import MergeStep
from store.points import points
from store.stored_value import accounts as stored_value_accounts
from store.tenants import audit
from store.tiers import tiers
from tests.store.customers.merging.conftest import blocker_codes, merge_of
from tests.support import two_customers
from tests.support.two_customers import CLERK, dump_rows, get_account, merge_and_get, unmerged

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def diff_tables(before, after):
    """What is not alike, by table."""
    return {
        table: (
            sorted(set(before[table]) - set(after[table])),
            sorted(set(after[table]) - set(before[table])),
        )
        for table in before
        if before[table] != after[table]
    }


@pytest.mark.parametrize(("keep", "lose"), [("mei", "wang"), ("wang", "mei")])
def test_every_row_is_as_it_was_before_the_merge(town, now, keep, lose):
    before = dump_rows()
    row = merge_and_get(town, keep=keep, lose=lose)
    assert len(diff_tables(before, dump_rows())) > 15
    now.shift(timedelta(seconds=10))
    assert merge_undo.plan(row).restored_counts == row.moved_counts
    unmerged(row)
    assert diff_tables(before, dump_rows()) == {}


def test_merged_and_parted_again_and_again_nothing_wears_off(town, now):
    before = dump_rows()
    for keep, lose in (("mei", "wang"), ("wang", "mei"), ("mei", "wang")):
        unmerged(merge_and_get(town, keep=keep, lose=lose))
    assert diff_tables(before, dump_rows()) == {}


def test_undone_twice_is_undone_once(town):
    row = merge_and_get(town)
    first = unmerged(row)
    before = dump_rows(), audit.AuditEntry.select().count(), Event.select().count()
    assert unmerged(row).undone_at == first.undone_at
    assert (dump_rows(), audit.AuditEntry.select().count(), Event.select().count()) == before


def test_it_says_who_did_it_and_both_timelines_tell(town):
    row = unmerged(merge_and_get(town))
    assert (row.undone_by, row.undo_reason) == (CLERK.name, "不是同一人")
    result = [event.customer_id for event in Event.select().where(Event.kind == "customers.unmerged")]
    assert sorted(result) == sorted([town.mei.customer_id, town.wang.customer_id])
    act = audit.list_entries(limit=1)[0]
    assert (act.action, act.actor, act.after["reason"]) == ("merges.undo", CLERK.name, "不是同一人")


@pytest.mark.parametrize("kind", ["customer", "platform", "system"])
def test_only_staff_undo(town, kind):
    row = merge_and_get(town)
    with actors.acting_as(actors.Actor(kind=kind, name="x")), pytest.raises(DomainError) as refused:
        merge_undo.unmerge(merge=row, reason="不是同一人")
    assert (refused.value.code, refused.value.status) == ("staff_only", 403)


@pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
def test_never_without_a_reason(town, reason):
    row = merge_and_get(town)
    with actors.acting_as(CLERK), pytest.raises(DomainError, match="撤销原因"):
        merge_undo.unmerge(merge=row, reason=reason)


def test_names_lead_to_their_owners_again(town):
    token = sessions.open_session(customer=town.wang.customer, channel_id=town.mini.id)
    unmerged(merge_and_get(town))
    wang = town.wang.customer_id
    assert members.get_by_card(town.wang.card_number).id == town.wang.id
    assert customers.get_by_public_id(town.wang.customer.public_id).id == wang
    assert sessions.get_by_token(token).customer.id == wang
    assert identities.find_by_phone("+8613800000002").id == wang
    assert identities.find_by_phone("+8613800000001").id == town.mei.customer_id


def test_a_check_in_that_was_dropped_and_came_back_goes_to_whom_it_belongs(acme, register, verify_afterwards):
    """Wang becomes Mei and Mei becomes Chen, who came on the same day; a stranger comes, and all part again."""
    chen, mei, wang, stranger = (register(f"1380000000{number}").customer for number in range(1, 5))
    for customer in (chen, wang):
        check_ins.check_in(customer=customer, source="menu")
    first, second = merge_of(mei, wang), merge_of(chen, mei)
    check_ins.check_in(customer=stranger, source="menu")
    unmerged(second)
    unmerged(first)
    assert [
        check_ins.current_streak(Customer.get_by_id(each.id)) for each in (chen, mei, wang, stranger)
    ] == [
        1,
        0,
        1,
        1,
    ]


def test_a_survivor_without_an_account_gets_one_of_their_own_and_keeps_it(
    acme, create_follower, account, register, verify_afterwards
):
    """What is earned since is in it; the duplicate's card comes back with what was on it."""
    lost = register("13800000001")
    points.earn(member=lost, kind="promotion", value=30, key="before")
    kept = followers.get_or_create_customer(channel=account, openid="o1", source="wechat_official")
    assert members.find_active(kept) is None
    row = merge_of(kept, lost.customer)
    own = members.find_active(kept)
    assert own.id != lost.id
    assert members.get_by_card(lost.card_number).id == own.id
    assert tiers.find_active(own).tier.code == "base"
    points.earn(member=own, kind="promotion", value=5, key="since")
    unmerged(row)
    assert (points.balance(own), points.balance(lost)) == (5, 30)
    own = members.find_active(kept)
    assert (own.joined_at, tiers.find_active(own)) == (None, None)
    assert tiers.find_active(lost).tier.code == "base"


class TestChains:
    """Merges that were merge_chain on one another are undone in the reverse order."""

    @pytest.fixture
    def merge_chain(self, town, now):
        two_customers.create_paid_top_up(
            town.friend, 10_000, key="friend-a"
        )  # an account that a merge opens would stay
        before = dump_rows()
        rows = []
        for keep, lose in (("mei", "wang"), ("friend", "mei")):
            rows.append(merge_and_get(town, keep=keep, lose=lose))
            now.shift(timedelta(seconds=1))
        return before, rows

    def test_the_later_one_has_to_go_first_and_is_named(self, merge_chain):
        _, (first, second) = merge_chain
        (blocker,) = merge_undo.plan(first).blockers
        assert blocker.message == f"之后又有合并，请先依次撤销合并 {second.id}"
        assert blocker.details == {"merges": [second.id]}
        with pytest.raises(DomainError) as refused:
            unmerged(first)
        assert refused.value.code == "unmerge_blocked"

    def test_in_reverse_order_all_three_are_as_before(self, merge_chain):
        before, (first, second) = merge_chain
        unmerged(second)
        unmerged(first)
        assert diff_tables(before, dump_rows()) == {}

    def test_a_merge_of_others_does_not_matter(self, town, create_follower):
        row = merge_and_get(town)
        merge_of(create_follower("o1"), create_follower("o2"))
        assert blocker_codes(row) == []


class TestWhatForbids:
    """Some merges cannot be undone at all."""

    def test_after_thirty_days(self, town, now):
        row = merge_and_get(town)
        now.shift(timedelta(days=30))
        assert blocker_codes(row) == []
        now.shift(timedelta(seconds=1))
        assert blocker_codes(row) == ["too_late"]

    def test_from_before_there_was_a_journal(self, town):
        row = merge_and_get(town)
        row.update_fields(steps=None)
        (blocker,) = merge_undo.plan(row).blockers
        assert blocker.message == "合并时的版本没有留下明细，无法逐项恢复"
        row.update_fields(steps=MergeStep.select().count())

    def test_a_phone_that_leads_to_someone_else_by_now(self, town, register):
        row = merge_and_get(town)
        other = register("13800000002")
        (blocker,) = merge_undo.plan(row).blockers
        assert blocker.code == "identity_taken"
        assert blocker.message == f"手机号 138****0002 合并后已绑定到客户 {other.customer.public_id}"

    def test_all_of_it_is_reported_at_once(self, town, register):
        row = merge_and_get(town)
        register("13800000002")
        points.spend(member=get_account(town.wang), kind="gift_redemption", value=110, key="since")
        profiles.erase(town.mei.customer)
        with pytest.raises(DomainError) as refused:
            unmerged(row)
        result = [each["code"] for each in refused.value.details["blockers"]]
        assert {"erased", "points_spent"} <= set(result)
        assert refused.value.message.count("；") == len(result) - 1

    def test_a_rejection_changes_nothing(self, town):
        row = merge_and_get(town)
        points.spend(member=get_account(town.wang), kind="gift_redemption", value=110, key="since")
        before = two_customers.database.dump_rows()
        with pytest.raises(DomainError):
            unmerged(row)
        assert two_customers.database.dump_rows() == before


def test_journals_are_forgotten_once_nothing_can_be_undone(town, now):
    merge_and_get(town)
    assert merge_journal.purge_expired() == 0
    now.shift(timedelta(days=32))
    assert merge_journal.purge_expired() > 100
    assert MergeStep.select().count() == 0


def test_a_noun_with_a_way_of_its_own_must_say_the_way_back():
    with pytest.raises(TypeError, match="brings back"):
        merge_rules.register_rule(Customer.merged_into, lambda field, way: 0)


def test_no_one_can_undo_what_is_not_there(acme):
    with pytest.raises(DomainError, match="没有找到该合并记录"):
        merges.get_by_id(999)


def test_both_accounts_stay_frozen_when_only_one_was(town):
    stored_value_accounts.freeze(member=town.wang, reason="争议")
    row = merge_and_get(town)
    assert stored_value_accounts.find_by_member(town.mei).frozen_reason == "争议"
    unmerged(row)
    assert stored_value_accounts.find_by_member(town.mei).frozen_at is None
    assert stored_value_accounts.find_by_member(town.wang).frozen_reason == "争议"
