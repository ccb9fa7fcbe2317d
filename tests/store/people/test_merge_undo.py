"""A merge that was a mistake is undone: each has their own again, to the point and the fen, or it says why not."""

from datetime import timedelta

import pytest
import time_machine

from store.company import audit
from store.kernel import actors
from store.kernel.events import Event
from store.kernel.refusals import Refused
from store.loyalty import check_ins, points, stored_values, tiers
from store.people import (
    customers,
    fans,
    identities,
    members,
    merge_journal,
    merges,
    profiles,
    sessions,
    unmerges,
)
from store.people.customers import Customer
from store.people.fans import Follow
from store.people.merge_journal import MergeStep
from store.shop import favourites, shops
from tests.store.people import two_lives
from tests.store.people.two_lives import CLERK, START, everything, merged, of, parted


@pytest.fixture
def now(acme):
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def town(now, sound):
    return two_lives.town(now)


def codes_of(merge):
    return [hindrance.code for hindrance in unmerges.plan(merge).hindrances]


def changes(before, after):
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
    before = everything()
    row = merged(town, keep=keep, lose=lose)
    assert len(changes(before, everything())) > 15
    now.shift(timedelta(seconds=10))
    assert unmerges.plan(row).goes_back == row.moved
    parted(row)
    assert changes(before, everything()) == {}


def test_merged_and_parted_again_and_again_nothing_wears_off(town, now):
    before = everything()
    for keep, lose in (("mei", "wang"), ("wang", "mei"), ("mei", "wang")):
        parted(merged(town, keep=keep, lose=lose))
    assert changes(before, everything()) == {}


def test_undone_twice_it_is_undone_once(town):
    row = merged(town)
    first = parted(row)
    before = everything(), audit.Operation.select().count(), Event.select().count()
    assert parted(row).undone_at == first.undone_at
    assert (everything(), audit.Operation.select().count(), Event.select().count()) == before


def test_it_says_who_did_it_and_both_timelines_tell(town):
    row = parted(merged(town))
    assert (row.undone_by, row.undone_because) == (CLERK.name, "不是同一人")
    told = [event.customer_id for event in Event.select().where(Event.kind == "customers.unmerged")]
    assert sorted(told) == sorted([town.mei.customer_id, town.wang.customer_id])
    act = audit.listing(limit=1)[0]
    assert (act.verb, act.actor, act.after["reason"]) == ("unmerges.unmerge", CLERK.name, "不是同一人")


@pytest.mark.parametrize("kind", ["customer", "platform", "system"])
def test_only_staff_undo(town, kind):
    row = merged(town)
    with actors.acting(actors.Actor(kind=kind, name="x")), pytest.raises(Refused) as refused:
        unmerges.unmerge(merge=row, reason="不是同一人")
    assert (refused.value.code, refused.value.status) == ("staff_only", 403)


@pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
def test_never_without_a_reason(town, reason):
    row = merged(town)
    with actors.acting(CLERK), pytest.raises(Refused, match="撤销原因"):
        unmerges.unmerge(merge=row, reason=reason)


def test_names_lead_to_their_owners_again(town):
    token = sessions.open_session(customer=town.wang.customer, channel_id=town.mini.id)
    parted(merged(town))
    wang = town.wang.customer_id
    assert members.of_card(town.wang.card_number).id == town.wang.id
    assert customers.of_public_id(town.wang.customer.public_id).id == wang
    assert sessions.of_token(token).customer.id == wang
    assert identities.phone_holder("+8613800000002").id == wang
    assert identities.phone_holder("+8613800000001").id == town.mei.customer_id


class TestWhatWasDoneSince:
    """It is the survivor's and does not stand in the way."""

    @pytest.fixture
    def row(self, town, now):
        row = merged(town)
        now.shift(timedelta(days=1))
        return row

    def test_sessions_opened_since_end(self, town, row):
        token = sessions.open_session(customer=town.mei.customer, channel_id=town.mini.id)
        parted(row)
        with pytest.raises(Refused, match="请先登录"):
            sessions.of_token(token)

    def test_a_check_in_stays_and_both_streaks_are_counted_anew(self, town, row):
        """Wang came on days 0, 1, 3 and Mei on 0, 2, 3: together five in a row with today, alone three and one."""
        assert check_ins.check_in(customer=town.wang.customer, source="menu").streak == 5
        parted(row)
        assert check_ins.streak(town.mei.customer) == 3
        assert check_ins.streak(Customer.get_by_id(town.wang.customer_id)) == 1

    def test_favourites_kept_since_stay_and_those_let_go_stay_away(self, town, row):
        shop = shops.open_shop(code="S9", name="九号店", place=two_lives.Place(121.4, 31.2))
        favourites.add(customer=town.mei.customer, shop=shop)
        favourites.remove(customer=town.mei.customer, shop=shops.of_code("S2"))
        parted(row)
        assert codes_of_shops(town.mei) == {"S1", "S3", "S9"}
        assert codes_of_shops(town.wang) == {"S3"}

    def test_a_number_given_to_another_row_since_is_not_taken_for_the_old_one(self, town, row):
        """SQLite would, when the last row is gone."""
        last = sessions.Session.select().order_by(sessions.Session.id.desc()).first()
        assert last.customer_id == town.mei.customer_id
        sessions.close(last)
        token = sessions.open_session(customer=town.friend.customer, channel_id=town.mini.id)
        parted(row)
        assert sessions.of_token(token).customer.id == town.friend.customer_id

    def test_a_phone_proved_since_stays_with_the_survivor(self, town, row):
        two_lives.PHONES["new"] = "13800000009"
        fans.known(channel=town.account, openid="o-mei", source="wechat_official")
        two_lives.codes.SmsCode.delete().execute()
        code = two_lives.codes.ask(phone=two_lives.PHONES["new"], purpose="register", address="")
        two_lives.memberships.register_by_sms(
            phone=two_lives.PHONES["new"], code=code, source="h5", customer=town.mei.customer
        )
        parted(row)
        assert identities.phone_of(town.mei.customer) == "+8613800000009"
        assert identities.phone_of(town.wang.customer) == "+8613800000002"


def codes_of_shops(member):
    listed, _ = favourites.listing(Customer.get_by_id(member.customer_id))
    return {shop.code for shop in listed}


class TestProfiles:
    """The survivor gets what was missing, and gives it back."""

    def test_what_was_missing_is_filled_and_found(self, town):
        merged(town)
        mei = Customer.get_by_id(town.mei.customer_id)
        assert (mei.name, mei.birthday, mei.email, mei.nickname) == (
            "王小明",
            "1990-05-01",
            "w@example.com",
            "mei",
        )
        assert (mei.name_index, mei.birthday_index) == (
            profiles.index_of("name", "王小明"), profiles.index_of("birthday", "1990-05-01"),
        )  # fmt: skip

    def test_a_street_does_not_come_without_its_city(self, town):
        merged(town)
        mei = Customer.get_by_id(town.mei.customer_id)
        assert (mei.province, mei.city, mei.address) == (None, "上海", None)

    def test_consent_is_never_had_by_a_merge(self, town):
        profiles.change(town.wang.customer, marketing_consent=True)
        merged(town)
        assert not Customer.get_by_id(town.mei.customer_id).marketing_consent

    def test_what_the_survivor_said_since_stays(self, town):
        row = merged(town)
        profiles.change(town.mei.customer, name="梅")
        parted(row)
        mei, wang = (Customer.get_by_id(member.customer_id) for member in (town.mei, town.wang))
        assert (mei.name, mei.birthday, mei.birthday_index, mei.email) == ("梅", None, None, None)
        assert (wang.name, wang.birthday) == ("王小明", "1990-05-01")

    def test_the_journal_holds_nothing_of_it(self, town):
        merged(town)
        kept = repr(list(MergeStep.select(MergeStep.before, MergeStep.after).tuples()))
        for word in ("王小明", "1990-05-01", "w@example.com", "13800000002"):
            assert word not in kept

    def test_an_erasure_takes_both_and_forbids_the_undo(self, town):
        row = merged(town)
        profiles.erase(town.mei.customer)
        assert codes_of(row)[0] == "erased"
        for member in (town.mei, town.wang):
            assert Customer.get_by_id(member.customer_id).name is None

    def test_after_the_undo_each_is_erased_alone(self, town):
        parted(merged(town))
        profiles.erase(Customer.get_by_id(town.mei.customer_id))
        wang = Customer.get_by_id(town.wang.customer_id)
        assert (wang.name, wang.erased_at) == ("王小明", None)
        assert identities.phone_of(wang) == "+8613800000002"
        assert identities.phone_of(town.mei.customer) is None


class TestFollows:
    """The official account counts the follows of each again."""

    def test_who_followed_alone_has_their_row_back_and_a_new_follow_is_the_survivor_s(
        self, acme, fan, account, sound
    ):
        kept = fans.known(channel=account, openid="o1", source="wechat_official")
        lost = fan("o2")
        row = merge_of(kept, lost)
        fans.unfollow(channel=account, openid="o2")
        fans.follow(channel=account, openid="o1")
        parted(row)
        assert {(each.customer_id, each.times, each.unfollowed_at) for each in Follow.select()} == {
            (lost.id, 1, None), (kept.id, 1, None),
        }  # fmt: skip

    def test_who_leaves_after_the_merge_is_the_one_who_followed(self, acme, fan, account, sound):
        kept, lost = fan("o1"), fan("o2")
        fans.unfollow(channel=account, openid="o1")
        row = merge_of(kept, lost)
        fans.unfollow(channel=account, openid="o2")
        parted(row)
        assert all(each.unfollowed_at for each in Follow.select())
        assert [each.times for each in Follow.select()] == [1, 1]

    def test_follows_since_count_for_the_survivor(self, acme, fan, account, sound):
        kept, lost = fan("o1"), fan("o2")
        row = merge_of(kept, lost)
        fans.follow(channel=account, openid="o2")
        parted(row)
        assert {(each.customer_id, each.times) for each in Follow.select()} == {(kept.id, 2), (lost.id, 1)}

    def test_a_follow_that_was_dropped_and_came_back_goes_to_whom_it_belongs(self, acme, fan, account, sound):
        """Of three who are one and then two the follow is dropped; a stranger's gets a number of its own."""
        third, kept, lost = fan("o1"), fans.known(channel=account, openid="o2", source="test"), fan("o3")
        first, second = merge_of(kept, lost), merge_of(third, kept)
        stranger = fan("o4")
        parted(second)
        parted(first)
        follows = {(each.customer_id, each.times) for each in Follow.select()}
        assert follows == {(third.id, 1), (lost.id, 1), (stranger.id, 1)}


def test_a_check_in_that_was_dropped_and_came_back_goes_to_whom_it_belongs(acme, register, sound):
    """Wang becomes Mei and Mei becomes Chen, who came on the same day; a stranger comes, and all part again."""
    chen, mei, wang, stranger = (register(f"1380000000{number}").customer for number in range(1, 5))
    for customer in (chen, wang):
        check_ins.check_in(customer=customer, source="menu")
    first, second = merge_of(mei, wang), merge_of(chen, mei)
    check_ins.check_in(customer=stranger, source="menu")
    parted(second)
    parted(first)
    assert [check_ins.streak(Customer.get_by_id(each.id)) for each in (chen, mei, wang, stranger)] == [
        1,
        0,
        1,
        1,
    ]


def merge_of(keep, lose):
    merges.merge(keep=keep, lose=lose, proof="test")
    return merges.listing()[0]


def test_a_survivor_without_an_account_gets_one_of_their_own_and_keeps_it(
    acme, fan, account, register, sound
):
    """What is earned since lies in it; the loser's card comes back with what was on it."""
    lost = register("13800000001")
    points.earn(member=lost, kind="promotion", value=30, key="before")
    kept = fans.known(channel=account, openid="o1", source="wechat_official")
    assert members.living(kept) is None
    row = merge_of(kept, lost.customer)
    own = members.living(kept)
    assert own.id != lost.id
    assert members.of_card(lost.card_number).id == own.id
    assert tiers.of(own).tier.code == "base"
    points.earn(member=own, kind="promotion", value=5, key="since")
    parted(row)
    assert (points.balance(own), points.balance(lost)) == (5, 30)
    own = members.living(kept)
    assert (own.joined_at, tiers.of(own)) == (None, None)
    assert tiers.of(lost).tier.code == "base"


class TestChains:
    """Merges that were built on one another are undone in the reverse order."""

    @pytest.fixture
    def built(self, town, now):
        two_lives.topped_up(town.friend, 10_000, key="friend-a")  # an account that a merge opens would stay
        before = everything()
        rows = []
        for keep, lose in (("mei", "wang"), ("friend", "mei")):
            rows.append(merged(town, keep=keep, lose=lose))
            now.shift(timedelta(seconds=1))
        return before, rows

    def test_the_later_one_has_to_go_first_and_is_named(self, built):
        _, (first, second) = built
        (hindrance,) = unmerges.plan(first).hindrances
        assert hindrance.sentence == f"之后又有合并，请先依次撤销合并 {second.id}"
        assert hindrance.facts == {"merges": [second.id]}
        with pytest.raises(Refused) as refused:
            parted(first)
        assert refused.value.code == "unmerge_hindered"

    def test_in_reverse_order_all_three_are_as_before(self, built):
        before, (first, second) = built
        parted(second)
        parted(first)
        assert changes(before, everything()) == {}

    def test_a_merge_of_others_does_not_matter(self, town, fan):
        row = merged(town)
        merge_of(fan("o1"), fan("o2"))
        assert codes_of(row) == []


class TestWhatForbids:
    """Some merges cannot be undone at all."""

    def test_after_thirty_days(self, town, now):
        row = merged(town)
        now.shift(timedelta(days=30))
        assert codes_of(row) == []
        now.shift(timedelta(seconds=1))
        assert codes_of(row) == ["too_late"]

    def test_from_before_there_was_a_journal(self, town):
        row = merged(town)
        row.put(steps=None)
        (hindrance,) = unmerges.plan(row).hindrances
        assert hindrance.sentence == "合并时的版本没有留下明细，无法逐项恢复"
        row.put(steps=MergeStep.select().count())

    def test_a_phone_that_leads_to_somebody_else_by_now(self, town, register):
        row = merged(town)
        other = register("13800000002")
        (hindrance,) = unmerges.plan(row).hindrances
        assert hindrance.code == "identity_taken"
        assert hindrance.sentence == f"手机号 138****0002 合并后已绑定到客户 {other.customer.public_id}"

    def test_all_of_it_is_told_at_once(self, town, register):
        row = merged(town)
        register("13800000002")
        points.spend(member=of(town.wang), kind="gift_redemption", value=110, key="since")
        profiles.erase(town.mei.customer)
        with pytest.raises(Refused) as refused:
            parted(row)
        told = [each["code"] for each in refused.value.facts["hindrances"]]
        assert {"erased", "points_spent"} <= set(told)
        assert refused.value.message.count("；") == len(told) - 1

    def test_a_refusal_changes_nothing(self, town):
        row = merged(town)
        points.spend(member=of(town.wang), kind="gift_redemption", value=110, key="since")
        before = two_lives.world.dump()
        with pytest.raises(Refused):
            parted(row)
        assert two_lives.world.dump() == before


def test_journals_are_forgotten_once_nothing_can_be_undone(town, now):
    merged(town)
    assert merge_journal.forget_old() == 0
    now.shift(timedelta(days=32))
    assert merge_journal.forget_old() > 100
    assert MergeStep.select().count() == 0


def test_a_noun_with_a_way_of_its_own_must_say_the_way_back():
    with pytest.raises(TypeError, match="brings back"):
        merges.carries(Customer.merged_into, lambda field, way: 0)


def test_nobody_can_undo_what_is_not_there(acme):
    with pytest.raises(Refused, match="没有找到该合并记录"):
        merges.of_id(999)


def test_both_accounts_stay_frozen_when_only_one_was(town):
    stored_values.freeze(member=town.wang, reason="争议")
    row = merged(town)
    assert stored_values.of(town.mei).frozen_reason == "争议"
    parted(row)
    assert stored_values.of(town.mei).frozen_at is None
    assert stored_values.of(town.wang).frozen_reason == "争议"
