"""A merge that was a mistake is undone: each has their own again, to the point and the fen, or it says why not."""

from datetime import timedelta

import pytest

from store.check_ins import check_ins
from store.core import actors
from store.core.errors import DomainError
from store.core.events import Event
from store.customers import customers, followers, identities, members, profiles, sessions
from store.customers.customers import Customer
from store.customers.followers import Follow
from store.customers.merging import journal as merge_journal
from store.customers.merging import merges
from store.customers.merging import rules as merge_rules
from store.customers.merging import undo as merge_undo
from store.customers.merging.journal import MergeStep
from store.points import points
from store.shops import favourites as shop_favourites
from store.shops import shops
from store.stored_value import accounts as stored_value_accounts
from store.tenants import audit
from store.tiers import tiers
from tests.support import two_customers
from tests.support.two_customers import CLERK, dump_rows, get_account, merge_and_get, unmerged

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def blocker_codes(merge):
    return [blocker.code for blocker in merge_undo.plan(merge).blockers]


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


class TestWhatWasDoneSince:
    """It is the survivor's and does not stand in the way."""

    @pytest.fixture
    def row(self, town, now):
        row = merge_and_get(town)
        now.shift(timedelta(days=1))
        return row

    def test_sessions_opened_since_end(self, town, row):
        token = sessions.open_session(customer=town.mei.customer, channel_id=town.mini.id)
        unmerged(row)
        with pytest.raises(DomainError, match="请先登录"):
            sessions.get_by_token(token)

    def test_a_check_in_stays_and_both_streaks_are_counted_anew(self, town, row):
        """Wang came on days 0, 1, 3 and Mei on 0, 2, 3: together five in a row with today, alone three and one."""
        assert check_ins.check_in(customer=town.wang.customer, source="menu").streak == 5
        unmerged(row)
        assert check_ins.current_streak(town.mei.customer) == 3
        assert check_ins.current_streak(Customer.get_by_id(town.wang.customer_id)) == 1

    def test_favourites_kept_since_stay_and_those_let_go_stay_away(self, town, row):
        shop = shops.create_shop(code="S9", name="九号店", location=two_customers.Coordinates(121.4, 31.2))
        shop_favourites.add(customer=town.mei.customer, shop=shop)
        shop_favourites.remove(customer=town.mei.customer, shop=shops.get_by_code("S2"))
        unmerged(row)
        assert codes_of_shops(town.mei) == {"S1", "S3", "S9"}
        assert codes_of_shops(town.wang) == {"S3"}

    def test_a_number_given_to_another_row_since_is_not_taken_for_the_old_one(self, town, row):
        """SQLite would, when the last row is gone."""
        last = sessions.Session.select().order_by(sessions.Session.id.desc()).first()
        assert last.customer_id == town.mei.customer_id
        sessions.close(last)
        token = sessions.open_session(customer=town.friend.customer, channel_id=town.mini.id)
        unmerged(row)
        assert sessions.get_by_token(token).customer.id == town.friend.customer_id

    def test_a_phone_proved_since_stays_with_the_survivor(self, town, row):
        two_customers.PHONES["new"] = "13800000009"
        followers.get_or_create_customer(channel=town.account, openid="o-mei", source="wechat_official")
        two_customers.sms_codes.SmsCode.delete().execute()
        code = two_customers.sms_codes.request(
            phone=two_customers.PHONES["new"], purpose="register", client_ip=""
        )
        two_customers.registration.register_by_sms(
            phone=two_customers.PHONES["new"], code=code, source="h5", customer=town.mei.customer
        )
        unmerged(row)
        assert identities.find_phone(town.mei.customer) == "+8613800000009"
        assert identities.find_phone(town.wang.customer) == "+8613800000002"


def codes_of_shops(member):
    listed, _ = shop_favourites.list_favourites(Customer.get_by_id(member.customer_id))
    return {shop.code for shop in listed}


class TestProfiles:
    """The survivor gets what was missing, and gives it back."""

    def test_what_was_missing_is_filled_and_found(self, town):
        merge_and_get(town)
        mei = Customer.get_by_id(town.mei.customer_id)
        assert (mei.name, mei.birthday, mei.email, mei.nickname) == (
            "王小明",
            "1990-05-01",
            "w@example.com",
            "mei",
        )
        assert (mei.name_index, mei.birthday_index) == (
            profiles.blind_index_of("name", "王小明"), profiles.blind_index_of("birthday", "1990-05-01"),
        )  # fmt: skip

    def test_a_street_does_not_come_without_its_city(self, town):
        merge_and_get(town)
        mei = Customer.get_by_id(town.mei.customer_id)
        assert (mei.province, mei.city, mei.address) == (None, "上海", None)

    def test_consent_is_never_had_by_a_merge(self, town):
        profiles.change(town.wang.customer, marketing_consent=True)
        merge_and_get(town)
        assert not Customer.get_by_id(town.mei.customer_id).marketing_consent

    def test_what_the_survivor_said_since_stays(self, town):
        row = merge_and_get(town)
        profiles.change(town.mei.customer, name="梅")
        unmerged(row)
        mei, wang = (Customer.get_by_id(member.customer_id) for member in (town.mei, town.wang))
        assert (mei.name, mei.birthday, mei.birthday_index, mei.email) == ("梅", None, None, None)
        assert (wang.name, wang.birthday) == ("王小明", "1990-05-01")

    def test_the_journal_holds_nothing_of_it(self, town):
        merge_and_get(town)
        kept = repr(list(MergeStep.select(MergeStep.before, MergeStep.after).tuples()))
        for word in ("王小明", "1990-05-01", "w@example.com", "13800000002"):
            assert word not in kept

    def test_an_erasure_takes_both_and_forbids_the_undo(self, town):
        row = merge_and_get(town)
        profiles.erase(town.mei.customer)
        assert blocker_codes(row)[0] == "erased"
        for member in (town.mei, town.wang):
            assert Customer.get_by_id(member.customer_id).name is None

    def test_after_the_undo_each_is_erased_alone(self, town):
        unmerged(merge_and_get(town))
        profiles.erase(Customer.get_by_id(town.mei.customer_id))
        wang = Customer.get_by_id(town.wang.customer_id)
        assert (wang.name, wang.erased_at) == ("王小明", None)
        assert identities.find_phone(wang) == "+8613800000002"
        assert identities.find_phone(town.mei.customer) is None


class TestFollows:
    """The official account counts the follows of each again."""

    def test_who_followed_alone_has_their_row_back_and_a_new_follow_is_the_survivor_s(
        self, acme, create_follower, account, verify_afterwards
    ):
        kept = followers.get_or_create_customer(channel=account, openid="o1", source="wechat_official")
        lost = create_follower("o2")
        row = merge_of(kept, lost)
        followers.unfollow(channel=account, openid="o2")
        followers.follow(channel=account, openid="o1")
        unmerged(row)
        assert {(each.customer_id, each.follow_count, each.unfollowed_at) for each in Follow.select()} == {
            (lost.id, 1, None), (kept.id, 1, None),
        }  # fmt: skip

    def test_who_leaves_after_the_merge_is_the_one_who_followed(
        self, acme, create_follower, account, verify_afterwards
    ):
        kept, lost = create_follower("o1"), create_follower("o2")
        followers.unfollow(channel=account, openid="o1")
        row = merge_of(kept, lost)
        followers.unfollow(channel=account, openid="o2")
        unmerged(row)
        assert all(each.unfollowed_at for each in Follow.select())
        assert [each.follow_count for each in Follow.select()] == [1, 1]

    def test_follows_since_count_for_the_survivor(self, acme, create_follower, account, verify_afterwards):
        kept, lost = create_follower("o1"), create_follower("o2")
        row = merge_of(kept, lost)
        followers.follow(channel=account, openid="o2")
        unmerged(row)
        assert {(each.customer_id, each.follow_count) for each in Follow.select()} == {
            (kept.id, 2),
            (lost.id, 1),
        }

    def test_a_follow_that_was_dropped_and_came_back_goes_to_whom_it_belongs(
        self, acme, create_follower, account, verify_afterwards
    ):
        """Of three who are one and then two the follow is dropped; a stranger's gets a number of its own."""
        third, kept, lost = (
            create_follower("o1"),
            followers.get_or_create_customer(channel=account, openid="o2", source="test"),
            create_follower("o3"),
        )
        first, second = merge_of(kept, lost), merge_of(third, kept)
        stranger = create_follower("o4")
        unmerged(second)
        unmerged(first)
        follows = {(each.customer_id, each.follow_count) for each in Follow.select()}
        assert follows == {(third.id, 1), (lost.id, 1), (stranger.id, 1)}


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


def merge_of(keep, lose):
    merges.merge(survivor=keep, duplicate=lose, proof="test")
    return merges.list_merges()[0]


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
