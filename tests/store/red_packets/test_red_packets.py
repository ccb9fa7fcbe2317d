"""Requests of red packets: once for each key, within the limits, with a number that never changes."""

import pytest

from store.core.errors import DomainError
from store.core.events import Event
from store.customers import identities
from store.customers.merging import merges
from store.payments import merchants
from store.red_packets import (
    accounts,
    budget,
    red_packet_list,
    red_packets,
    results,
    sending,
    staff_actions,
    states,
)
from store.red_packets import settings as red_packet_settings
from store.red_packets.red_packet_list import RedPacketFilter
from store.red_packets.red_packets import RedPacket
from store.red_packets.settings import RedPacketSettings
from store.tenants import channels, settings

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def code_of(work):
    with pytest.raises(DomainError) as raised:
        work()
    return raised.value.code


def events_of(kind):
    return Event.select().where(Event.kind == kind).count()


def test_request_reserves_the_amount_and_is_one_for_each_key(request_packet):
    first, again = request_packet(), request_packet()
    assert (first.id, first.number) == (again.id, again.number)
    assert (first.state, budget.read_used_fen(), events_of("red_packets.requested")) == ("requested", 100, 1)
    assert code_of(lambda: request_packet(amount_fen=200)) == "key_reused"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"amount_fen": 99}, "amount_fen"), ({"amount_fen": 20_001}, "amount_fen"), ({"amount_fen": 1.5}, "amount_fen"),
        ({"title": ""}, "title"), ({"title": "字" * 33}, "title"), ({"wishing": "字" * 129}, "wishing"),
        ({"wishing": "x]]><total_amount>1"}, "wishing"), ({"title": "两\n行"}, "title"), ({"key": " "}, "key"),
        ({"purpose": "other"}, "purpose"),
    ],
)  # fmt: skip
def test_what_the_platform_would_reject_is_rejected_before(request_packet, values, field):
    with pytest.raises(DomainError) as raised:
        request_packet(**values)
    assert (raised.value.code, raised.value.details["field"]) == ("invalid", field)
    assert (RedPacket.select().count(), budget.read_used_fen()) == (0, 0)


def test_merchant_with_a_scene_may_give_more(request_packet):
    facts = {"way": "red_packet", "send_name": "小二便利", "max_fen": 50_000}
    assert code_of(lambda: accounts.save("acme-pay", **facts)) == "invalid"
    accounts.save("acme-pay", **facts, scene_id="PRODUCT_1")
    accounts.save("acme-pay", **facts, scene_id="PRODUCT_1")
    assert request_packet(amount_fen=50_000).scene_id == "PRODUCT_1"


def test_transfers_stay_below_the_amount_that_needs_a_name(merchant):
    assert (
        code_of(lambda: accounts.save("acme-pay", way="transfer", send_name="x", max_fen=200_000))
        == "invalid"
    )


def test_who_has_no_openid_and_a_tenant_without_account_get_none(request_packet, merchant, mei):
    for identity in identities.list_for(mei):
        identities.unbind(identity)
    assert code_of(request_packet) == "no_openid"
    merchants.retire(key="acme-pay")
    assert code_of(request_packet) == "no_red_packets"


def test_openid_of_the_channel_at_hand_is_preferred(request_packet, merchant, mei):
    identities.bind(mei, provider=identities.WECHAT, account="wxacmemini", subject="m-mei")
    mini = channels.get_by_key("acme-mini")
    assert request_packet("a", channel=mini).app_id == "wxacmemp"  # red packets go to official accounts only
    accounts.save("acme-pay", way="transfer", send_name="小二便利")
    assert (request_packet("b", channel=mini).app_id, request_packet("c").app_id) == (
        "wxacmemini",
        "wxacmemp",
    )


def test_limits_of_a_customer_a_day_and_the_budget(request_packet, create_follower):
    settings.change(RedPacketSettings, member_daily_count=2, daily_fen=500, budget_fen=450)
    request_packet("a", 100), request_packet("b", 100)
    assert code_of(lambda: request_packet("c", 100)) == "red_packet_limit"
    wang = create_follower("o-wang")
    request_packet("d", 200, customer=wang)
    assert code_of(lambda: request_packet("e", 100, customer=wang)) == "red_packet_limit"  # the budget
    assert budget.read_used_fen() == 400
    settings.change(RedPacketSettings, budget_fen=0)
    assert code_of(lambda: request_packet("f", 101, customer=wang)) == "red_packet_limit"  # the day
    assert request_packet("g", 100, customer=wang).amount_fen == 100


def test_stopped_red_packets_are_not_requested(request_packet):
    red_packet_settings.stop(reason="被刷")
    assert code_of(request_packet) == "red_packets_stopped"
    assert code_of(lambda: red_packet_settings.stop(reason=" ")) == "invalid"


def test_number_is_stored_before_the_first_call_and_never_changes(request_packet):
    number = request_packet().number
    assert (number[:10], len(number)) == ("1900000109", 28)
    for tries in (1, 2):
        begun = sending.begin(number)
        assert (begun.state, begun.tries, begun.number) == ("sending", tries, number)


def test_due_red_packets_are_claimed_once_and_not_more_than_the_platform_allows(request_packet, monkeypatch):
    monkeypatch.setattr(sending, "BATCH_SIZES", {("requested", "sending"): 2, ("sent",): 50})
    for n in range(3):
        request_packet(f"win-{n}")
    assert [sending.claim_due() for _ in range(3)] == [2, 1, 0]
    assert events_of("red_packets.due") == 3
    event = Event.select().where(Event.kind == "red_packets.due").order_by(Event.id).first()
    packet = red_packets.get(event.properties["number"])
    assert sending.is_current(packet, event.properties["lease"])
    sending.begin(packet.number)
    results.record_unknown(number=packet.number, code="TIMEOUT")
    assert not sending.is_current(red_packets.get(packet.number), event.properties["lease"])


def test_results_are_recorded_once(request_packet):
    number = request_packet().number
    sending.begin(number)
    for _ in range(2):
        results.record_answer(number=number, outcome="waiting")
        results.record_unknown(number=number, code="TIMEOUT")
    assert (red_packets.get(number).state, events_of("red_packets.sent")) == ("sent", 1)
    for _ in range(2):
        results.record_answer(number=number, outcome="returned")
        results.record_answer(number=number, outcome="received")
        results.record_rejection(number=number, code="NOAUTH")
        results.record_failure(number=number)
    assert (red_packets.get(number).state, events_of("red_packets.finished")) == ("returned", 1)
    assert budget.read_used_fen() == 0
    assert sending.begin(number) is None


def test_answer_about_another_amount_or_merchant_changes_nothing(request_packet):
    number = request_packet().number
    for wrong in ({"amount_fen": 101}, {"merchant_id": "1900000110"}):
        assert (
            code_of(lambda wrong=wrong: results.record_answer(number=number, outcome="received", **wrong))
            == "evidence_rejected"
        )
    assert red_packets.get(number).state == "requested"


def test_states_follow_the_table():
    for state, allowed in states.TRANSITIONS.items():
        reached = {states.next_state(state, outcome) for outcome in states.OUTCOMES}
        assert reached - {state} <= allowed


def test_staff_retry_and_give_up(request_packet):
    packet = request_packet()
    assert staff_actions.give_up(public_id=packet.public_id, reason="不要了").state == "failed"
    assert code_of(lambda: staff_actions.retry(public_id=packet.public_id)) == "already_finished"
    sent = request_packet("b")
    sending.begin(sent.number)
    results.record_answer(number=sent.number, outcome="waiting")
    assert code_of(lambda: staff_actions.give_up(public_id=sent.public_id, reason="x")) == "not_revocable"
    assert code_of(lambda: staff_actions.give_up(public_id=sent.public_id, reason=" ")) == "invalid"


def test_red_packets_follow_a_merge_and_its_undo(request_packet, mei, create_follower):
    packet = request_packet()
    other = create_follower("o-other")
    merge = merges.merge(survivor=other, duplicate=mei, proof="test")
    assert red_packets.get_own(other, packet.public_id).id == packet.id
    assert merge is not None


def test_list_finds_by_state_number_and_day(request_packet):
    first, second = request_packet("a"), request_packet("b")
    staff_actions.give_up(public_id=first.public_id, reason="不要了")
    assert [row.id for row in red_packet_list.iterate_packets(RedPacketFilter(state="requested"))] == [
        second.id
    ]
    assert red_packet_list.count_packets(RedPacketFilter(search=first.number[:18])) == 2
    assert red_packet_list.count_packets(RedPacketFilter(held=True)) == 0
    assert {row.state: row.count for row in red_packet_list.sum_by_state() if row.count} == {
        "requested": 1,
        "failed": 1,
    }
    assert red_packet_list.count_packets(RedPacketFilter(shop_ids=frozenset())) == 0
