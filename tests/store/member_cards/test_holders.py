"""Cards in packs: events that come twice, late and out of order, and what they change about a membership: nothing."""

from datetime import timedelta

import pytest

from store.core import clock
from store.core.errors import DomainError
from store.customers import followers, identities, members
from store.customers.merging import merges, undo
from store.member_cards import contents, holders, joins, pack_cards
from store.member_cards.joins import FormAnswer
from store.member_cards.pack_cards import PackCard
from store.member_cards.pack_templates import PackTemplate
from store.points import points
from store.stored_value import top_up_payments
from store.tills import member_search
from tests.store.member_cards.conftest import PHONE, push_all, read
from tests.support.card_fixtures import CARD_ID, make_live_template, receive, wechat_channel

NOW = clock.now().replace(microsecond=0)


def event(code: str = "code1", seconds: int = 0) -> dict:
    at = clock.now() + timedelta(seconds=seconds)
    return {"channel": wechat_channel(), "card_id": CARD_ID, "code": code, "at": at}


def test_card_shows_the_ledger_and_changes_make_one_call(card, member):
    points.earn(member=member, kind="promotion", value=100, key="e1")
    points.earn(member=member, kind="promotion", value=20, key="e2")
    (request,) = push_all()
    assert (request.action, request.content) == ("update", contents.CardContent(120, 0, "普卡"))
    points.earn(member=member, kind="promotion", value=5, key="e3")
    points.spend(member=member, kind="gift_redemption", value=5, key="s1")
    assert push_all() == []
    assert read("code1").due_at is None


def test_offered_card_belongs_to_the_member_who_asked_for_it(member):
    make_live_template(activations=("auto",))
    offered = holders.offer(member=member, platform="wechat")
    assert holders.offer(member=member, platform="wechat").id == offered.id
    got = receive("stranger", "code1", reference=offered.reference)
    assert (got.id, got.member_id) == (offered.id, member.id)
    assert (
        identities.find_customer(
            provider=identities.WECHAT, account=wechat_channel().appid, subject="stranger"
        )
        != members.read_current(member).customer
    )


def test_offer_of_another_member_or_an_old_one_is_not_used(member, register):
    make_live_template(activations=("auto",))
    other = register("13900139000")
    offered = holders.offer(member=other, platform="wechat")
    assert receive("mei", "code1", reference=offered.reference).member_id == member.id
    PackCard.update(state_at=NOW - timedelta(hours=1)).where(PackCard.id == offered.id).execute()
    assert receive("late", "code2", reference=offered.reference).member_id not in (member.id, other.id)


def test_strangers_and_closed_packs_get_no_card(member):
    with pytest.raises(DomainError) as refused:
        holders.offer(member=member, platform="wechat")
    assert refused.value.code == "card_not_offered"
    make_live_template()
    follower = members.get_or_create(followers.follow(channel=wechat_channel(), openid="new").customer)
    with pytest.raises(DomainError) as refused:
        holders.offer(member=follower, platform="wechat")
    assert refused.value.code == "not_a_member"


def test_deletion_ends_no_membership_and_the_card_comes_back_with_the_ledger(card, member):
    deleted = event()
    for _ in range(2):
        holders.delete(**deleted)
    points.earn(member=member, kind="promotion", value=9, key="e1")
    assert (read("code1").state, push_all(), members.read_current(member).status) == ("deleted", [], "active")
    assert receive("mei", "code1", at=deleted["at"] + timedelta(seconds=5), is_restored=True).id == card.id
    holders.delete(**deleted)  # the event comes again, after the card has come back
    (request,) = push_all()
    assert (read("code1").state, request.content.points) == ("active", 9)


def test_gift_ends_the_old_code_and_a_return_the_new_one(card, member):
    begun = event()
    for _ in range(2):
        holders.begin_gift(**begun)
    assert read("code1").state == "gifting"
    given = receive("friend", "code2", at=begun["at"] + timedelta(seconds=2), old_code="code1")
    receive("friend", "code2", at=begun["at"] + timedelta(seconds=2), old_code="code1")
    assert (read("code1").state, given.state, given.member_id != member.id) == ("given", "active", True)
    for _ in range(2):
        holders.take_back_gift(**event(seconds=9))
    holders.begin_gift(**begun)
    assert [read(code).state for code in ("code1", "code2")] == ["active", "given"]


@pytest.mark.parametrize(("state", "reason"), [("gifting", "正在转赠"), ("deleted", "已从卡包删除")])
def test_till_rejects_a_code_that_is_given_or_deleted(card, member, state, reason):
    assert member_search.find_member("code1", till="T1").id == member.id
    {"gifting": holders.begin_gift, "deleted": holders.delete}[state](**event())
    with pytest.raises(DomainError, match=reason):
        member_search.find_member("code1", till="T1")
    assert member_search.find_member(PHONE, till="T1").id == member.id


def test_card_of_another_account_or_template_is_not_ours(card):
    assert holders.delete(**{**event(), "card_id": "other"}) is None
    assert holders.delete(**event("code9")) is None
    assert read("code1").state == "active"


def test_merge_moves_the_cards_and_an_undo_returns_them(card, member, create_follower, as_staff):
    points.earn(member=member, kind="promotion", value=30, key="e1")
    push_all()
    other = create_follower("other")
    receive("other", "code2")
    assert [request.content.points for request in push_all()] == [0]
    merge_customer = merges.merge(survivor=member.customer, duplicate=other, proof="test")
    assert {row.member_id for row in PackCard.select()} == {member.id}
    assert [request.content.points for request in push_all()] == [30]
    undo.unmerge(merge=merges.list_for_customer(merge_customer)[0], reason="两个人")
    push_all()
    assert [(row.code, row.pushed["points"]) for row in PackCard.select().order_by(PackCard.code)] == [
        ("code1", 30), ("code2", 0),
    ]  # fmt: skip


def test_former_member_s_cards_are_withdrawn_once(card, member):
    assert (holders.withdraw(member=member), holders.withdraw(member=member)) == (1, 0)
    (request,) = push_all()
    assert (request.action, read("code1").state) == ("withdraw", "unavailable")
    with pytest.raises(DomainError) as refused:
        pack_cards.move(read("code1"), "active")
    assert refused.value.code == "card_state"


def test_phone_of_a_member_with_another_account_shows_nothing_until_it_is_proved(card, member, as_staff):
    """F5: the form's phone belongs to a member who has a WeChat account and stored value."""
    top_up_payments.take_cash(member=member, amount_fen=100, key="t1")
    points.earn(member=member, kind="promotion", value=30, key="e1")
    push_all()
    pack = PackTemplate.get(platform="alipay")
    answer = FormAnswer("2088000000000001", "", PHONE, "token")
    opened = joins.open_card(pack=pack, answer=answer)
    assert (opened.state, opened.member_id != member.id) == ("activating", True)
    (request,) = push_all("alipay")
    assert (request.content.points, request.content.balance_fen) == (0, 0)


def test_member_who_asked_for_the_card_is_joined_by_the_form(card, member, as_staff):
    top_up_payments.take_cash(member=member, amount_fen=100, key="t1")
    holders.offer(member=member, platform="alipay")
    pack = PackTemplate.get(platform="alipay")
    for _ in range(2):
        opened = joins.open_card(pack=pack, answer=FormAnswer("2088000000000001", "", PHONE, "token"))
    assert (opened.member_id, opened.state) == (member.id, "activating")
    assert PackCard.select().where(PackCard.platform == "alipay").count() == 1
