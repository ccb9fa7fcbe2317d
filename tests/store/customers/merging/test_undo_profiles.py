"""Undoing a merge: profiles, follows and what was done since."""

from datetime import timedelta

import pytest

from store.check_ins import check_ins
from store.core.errors import DomainError
from store.customers import followers, identities, profiles, sessions
from store.customers.customers import Customer
from store.customers.followers import Follow
from store.customers.merging.journal import MergeStep
from store.shops import favourites as shop_favourites
from store.shops import shops
from tests.store.customers.merging.conftest import blocker_codes, merge_of
from tests.support import two_customers
from tests.support.two_customers import merge_and_get, unmerged

pytestmark = pytest.mark.usefixtures("verify_afterwards")


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
