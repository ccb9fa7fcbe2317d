"""A message is sent once, on the first medium that reaches the customer, and what happened to it is recorded."""

from datetime import UTC, datetime, timedelta
from threading import Barrier

import peewee
import pytest
import structlog
import time_machine

from platforms.errors import CircuitOpenError, OutcomeUnknownError, PlatformRejectedError
from store.core import clock
from store.customers import identities, profiles
from store.membership import registration
from store.messages import (
    inbox,
    kinds,
    message_list,
    policies,
    preferences,
    reports,
    sending,
    subscriptions,
    templates,
)
from store.messages.messages import Message
from store.messages.settings import MessageSettings
from store.tenants import settings
from tasks.messages import sending as message_sending
from tests.support import database, message_records
from tests.support.message_fixtures import list_states
from tests.support.races import without_index

KIND = kinds.KINDS["points_expiring"]
MEDIA = ["official_template", "subscribe", "customer_service", "sms", "email"]
VARIABLES = {"积分": "120", "积分名称": "积分", "到期日": "3月8日"}
UNKNOWN = OutcomeUnknownError("wechat", "timeout", "平台没有及时应答")
NOT_SENT = OutcomeUnknownError("wechat", "connection", "连接平台失败", perhaps_sent=False)


@pytest.fixture(autouse=True)
def _policy(acme, all_templates):
    database.install_subscriptions()
    policies.change(KIND.key, enabled=True, on_site=True, media=MEDIA, mode="first")


def write(member, number=1, kind=KIND):
    message_records.write(kind, member.customer, source=f"event:{number}", variables=VARIABLES)


def rejected(code):
    return PlatformRejectedError("wechat", code, "平台不接受")


def send_later(seconds):
    with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False):
        message_sending.run()


def test_a_message_goes_to_the_first_medium_and_the_site(reachable, platforms):
    write(reachable)
    message_sending.run()
    assert list_states() == [("official_template", "sent", "")]
    (request,) = platforms.sent
    assert (request.address, request.platform_template) == ("o-mei", "tmpl-official_template")
    assert request.content.data == {"thing1": "积分即将过期", "number2": "120", "date3": "3月8日"}
    ((row,), _) = inbox.read_page(reachable.customer)
    assert (row.text, row.read_at) == ("您有 120 积分将于 3月8日到期，请尽快使用。", None)


def test_a_message_that_is_written_and_sent_twice_reaches_the_platform_once(reachable, platforms):
    write(reachable)
    message_sending.run()
    with pytest.raises(peewee.IntegrityError):
        write(reachable)
    message_sending.run()
    assert len(platforms.sent) == 1


def test_of_two_processes_that_write_one_message_one_does(reachable, platforms):
    done = database.run_concurrently(2, lambda _: write(reachable))
    assert sorted(type(result).__name__ for result in done) == ["IntegrityError", "NoneType"]
    assert len(message_records.list_messages()) == 2, "the site and one medium"


def test_control_without_the_unique_key_a_message_is_written_twice(reachable, platforms):
    with without_index("message_source_medium"):
        database.run_concurrently(2, lambda _: write(reachable))
        assert len(message_records.list_messages()) == 4


def test_the_last_acceptance_is_taken_once(reachable, mini_program):
    accept_one(reachable, mini_program)
    taken = database.run_concurrently(
        6, lambda _: subscriptions.consume(reachable.customer, mini_program, "tmpl-subscribe")
    )
    assert sorted(taken) == [False] * 5 + [True]


def test_control_without_the_condition_the_last_acceptance_is_taken_twice(reachable, mini_program):
    """Each looks first and takes afterwards."""
    accept_one(reachable, mini_program)
    gate = Barrier(2)

    def look_then_take(_: int) -> None:
        left = subscriptions.remaining_by_template(reachable.customer, mini_program)["tmpl-subscribe"]
        gate.wait(10)
        assert left == 1
        less = {subscriptions.SubscribeAllowance.remaining: left - 1}
        subscriptions.SubscribeAllowance.update(less).execute()

    assert database.run_concurrently(2, look_then_take) == [None, None]


def accept_one(member, mini_program):
    subscriptions.record_answers(
        member.customer, mini_program, asked=["tmpl-subscribe"], accepted=["tmpl-subscribe"], reported_by="api"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("medium", "code", "reason"),
    [("official_template", 43004, "not_following"), ("official_template", 47003, "47003")],
)
def test_what_does_not_arrive_is_tried_on_the_next_medium(reachable, platforms, medium, code, reason):
    platforms.errors[medium] = rejected(code)
    subscriptions.record_answers(
        reachable.customer, mini_program_of(), asked=["tmpl-subscribe"], accepted=["tmpl-subscribe"],
        reported_by="api",
    )  # fmt: skip
    write(reachable)
    message_sending.run()
    state = "skipped" if code == 43004 else "failed"
    assert list_states() == [(medium, state, reason), ("subscribe", "sent", "")]


@pytest.mark.parametrize("code", [45015, 45047, 43004, 40003])
def test_out_of_the_window_of_customer_service_the_next_medium_is_tried(reachable, platforms, code):
    policies.change(KIND.key, enabled=True, on_site=False, media=["customer_service", "email"], mode="first")
    platforms.errors["customer_service"] = rejected(code)
    write(reachable)
    message_sending.run()
    assert [state for _, state, _ in list_states()] == ["skipped", "sent"]
    assert platforms.calls == 2


def mini_program_of():
    return templates.list_for(KIND.key, "subscribe")[0].channel


def test_who_has_not_subscribed_is_reached_by_the_next_medium_without_a_call(reachable, platforms):
    policies.change(KIND.key, enabled=True, on_site=False, media=["subscribe", "sms"], mode="first")
    write(reachable)
    message_sending.run()
    assert list_states() == [("subscribe", "skipped", "not_subscribed"), ("sms", "sent", "")]
    assert platforms.calls == 1


def test_one_acceptance_is_one_message(reachable, platforms):
    policies.change(KIND.key, enabled=True, on_site=False, media=["subscribe"], mode="first")
    accept = {"asked": ["tmpl-subscribe"], "accepted": ["tmpl-subscribe"], "reported_by": "api"}
    subscriptions.record_answers(reachable.customer, mini_program_of(), **accept)
    for number in (1, 2):
        write(reachable, number)
    message_sending.run()
    assert list_states() == [("subscribe", "sent", ""), ("subscribe", "skipped", "not_subscribed")]


def test_an_acceptance_comes_back_if_nothing_was_sent(reachable, platforms):
    policies.change(KIND.key, enabled=True, on_site=False, media=["subscribe"], mode="first")
    accept = {"asked": ["tmpl-subscribe"], "accepted": ["tmpl-subscribe"], "reported_by": "api"}
    subscriptions.record_answers(reachable.customer, mini_program_of(), **accept)
    platforms.errors["subscribe"] = NOT_SENT
    write(reachable)
    message_sending.run()
    assert list_states() == [("subscribe", "pending", "connection")]
    assert subscriptions.remaining_by_template(reachable.customer, mini_program_of()) == {"tmpl-subscribe": 1}
    platforms.errors.clear()
    send_later(31)
    assert list_states() == [("subscribe", "sent", "")]


def test_msg_1_thirty_of_a_hundred_have_not_subscribed(register, mini_program, platforms):
    """70 are sent, 30 are marked and not tried again, and the log has one line."""
    policies.change(KIND.key, enabled=True, on_site=False, media=["subscribe"], mode="first")
    people = create_people(100, register, mini_program)
    for number, member in enumerate(people):
        if number < 30:
            platforms.errors[f"m-{number}"] = rejected(43101)
        write(member, number)
    with structlog.testing.capture_logs() as lines:
        message_sending.run(max_run_s=60)
        send_later(4_000)
    states = list_states()
    assert states.count(("subscribe", "sent", "")) == 70
    assert states.count(("subscribe", "skipped", "not_subscribed")) == 30
    assert platforms.calls == 100
    assert [line for line in lines if line["log_level"] != "debug" and "messages" in line["event"]] == [
        {"event": "messages_sent", "log_level": "info", "sent": 70, "not_subscribed": 30}
    ]
    left = subscriptions.remaining_by_template(people[0].customer, mini_program)
    assert left == {"tmpl-subscribe": 0}, "the platform says so, although our count was 1"


def create_people(count, register, mini_program):
    people = []
    for number in range(count):
        member = registration.register_at_desk(phone=f"137{number:08d}")
        identities.bind(
            member.customer, provider=identities.WECHAT, account=mini_program.appid, subject=f"m-{number}"
        )
        subscriptions.record_answers(
            member.customer,
            mini_program,
            asked=["tmpl-subscribe"],
            accepted=["tmpl-subscribe"],
            reported_by="api",
        )
        people.append(member)
    return people


def test_msg_2_a_time_out_after_the_call_is_perhaps_sent_and_never_repeated(reachable, platforms):
    platforms.errors["official_template"] = UNKNOWN
    write(reachable)
    message_sending.run()
    send_later(86_400)
    assert list_states() == [("official_template", "perhaps_sent", "timeout")]
    assert platforms.calls == 1


def test_a_process_that_dies_between_call_and_record_sends_nothing_twice(reachable, platforms):
    write(reachable)
    (claimed,) = sending.claim()
    assert sending.prepare(claimed) is not None
    assert sending.claim() == []
    send_later(120)
    assert list_states() == [("official_template", "perhaps_sent", "no_answer")]
    assert platforms.calls == 0


def test_a_process_that_dies_before_the_call_delays_the_message_and_loses_nothing(reachable, platforms):
    write(reachable)
    sending.claim()
    send_later(61)
    assert list_states() == [("official_template", "sent", "")]


def test_two_processes_claim_different_messages(reachable, platforms):
    for number in range(8):
        write(reachable, number)
    claimed = database.run_concurrently(4, lambda _: [row.id for row in sending.claim()])
    assert sorted(row_id for some in claimed for row_id in some) == sorted(
        row.id for row in message_records.list_messages(medium="official_template")
    )


def test_control_without_the_lease_two_processes_prepare_one_message(reachable, platforms, monkeypatch):
    """Both hold the same claimed row; only the comparison of the lease keeps the second from calling."""
    write(reachable)
    (claimed,) = sending.claim()
    assert sending.prepare(claimed) is not None
    assert sending.prepare(claimed) is None
    Message.update(due_at=claimed.due_at, state="pending").execute()
    assert sending.prepare(claimed) is not None


def test_one_bad_recipient_never_repeats_a_batch(register, mini_program, platforms):
    policies.change(KIND.key, enabled=True, on_site=False, media=["subscribe"], mode="first")
    people = create_people(5, register, mini_program)
    platforms.errors["m-2"] = RuntimeError("a defect")
    for number, member in enumerate(people):
        write(member, number)
    message_sending.run()
    assert [state for _, state, _ in list_states()] == ["sent", "sent", "perhaps_sent", "sent", "sent"]
    assert platforms.calls == 5


def test_a_message_that_cannot_be_prepared_stops_no_other(reachable, platforms, monkeypatch):
    policies.change(KIND.key, enabled=True, on_site=False, media=["sms"], mode="first")
    for number in range(3):
        write(reachable, number)
    real, calls = templates.render, []

    def render(*args, **named):
        calls.append(args)
        if len(calls) == 2:
            raise KeyError("a defect")
        return real(*args, **named)

    monkeypatch.setattr(templates, "render", render)
    message_sending.run()
    assert list_states() == [("sms", "sent", ""), ("sms", "failed", "KeyError"), ("sms", "sent", "")]


def test_what_was_not_tried_in_time_is_due_at_once(reachable, platforms):
    policies.change(KIND.key, enabled=True, on_site=False, media=["sms"], mode="first")
    for number in range(3):
        write(reachable, number)
    message_sending.run(stop=lambda: platforms.calls == 1)
    assert list_states() == [("sms", "sent", ""), ("sms", "pending", ""), ("sms", "pending", "")]
    assert len(sending.claim()) == 2


def test_a_platform_that_is_down_is_left_alone_until_its_time(reachable, platforms):
    until = clock.now() + timedelta(seconds=45)
    platforms.errors["official_template"] = CircuitOpenError("wechat", "open", "平台暂不可用", until=until)
    write(reachable)
    message_sending.run()
    (row,) = message_records.list_messages(medium="official_template")
    assert (row.state, row.due_at) == ("pending", until)


def test_what_fails_again_and_again_ends_and_the_next_medium_is_tried(reachable, platforms):
    policies.change(KIND.key, enabled=True, on_site=False, media=["official_template", "sms"], mode="first")
    platforms.errors["official_template"] = NOT_SENT
    write(reachable)
    for seconds in (0, 31, 160, 800, 4_500, 9_000):
        send_later(seconds)
    assert list_states() == [("official_template", "failed", "connection"), ("sms", "sent", "")]


def test_all_media_are_used_if_the_policy_says_so(reachable, platforms):
    policies.change(
        KIND.key, enabled=True, on_site=True, media=["official_template", "sms", "email"], mode="all"
    )
    write(reachable)
    message_sending.run()
    assert sorted(platforms.list_media()) == ["email", "official_template", "sms"]


def test_a_kind_that_is_switched_off_has_no_messages(reachable, platforms):
    policies.change(KIND.key, enabled=False, on_site=True, media=MEDIA, mode="first")
    write(reachable)
    assert message_records.list_messages() == []


def test_the_sms_budget_of_a_day_stops_messages_and_leaves_the_codes(reachable, platforms):
    settings.change(MessageSettings, sms_per_day=1)
    policies.change(KIND.key, enabled=True, on_site=False, media=["sms"], mode="first")
    for number in (1, 2):
        write(reachable, number)
    with structlog.testing.capture_logs() as lines:
        message_sending.run()
    assert list_states() == [("sms", "sent", ""), ("sms", "skipped", "sms_budget_used_up")]
    assert {"sms_budget_alarm", "sms_budget_used_up"} <= {line["event"] for line in lines}


NOON, NIGHT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC), datetime(2026, 3, 1, 14, 30, tzinfo=UTC)


def test_marketing_waits_for_the_day_and_needs_consent(reachable, platforms):
    birthday = kinds.KINDS["birthday"]
    policies.change(birthday.key, enabled=True, on_site=False, media=["customer_service"], mode="first")
    profiles.change(reachable.customer, marketing_consent=True)
    with time_machine.travel(NIGHT, tick=False):
        write(reachable, "b", birthday)
        message_sending.run()
        assert list_states() == [("customer_service", "pending", "")]
    with time_machine.travel(NIGHT + timedelta(hours=10, minutes=31), tick=False):
        message_sending.run()
    assert list_states() == [("customer_service", "sent", "")]


@pytest.mark.parametrize(
    ("consents", "refused", "reason"), [(False, [], "no_consent"), (True, ["sms"], "opted_out")]
)
def test_marketing_is_not_sent_without_consent(reachable, platforms, consents, refused, reason):
    birthday = kinds.KINDS["birthday"]
    templates.save(
        kind="birthday", medium="sms", name="生日", platform_id="SMS_2", purpose="marketing",
        text="生日快乐！拒收请回复R",
    )  # fmt: skip
    policies.change(birthday.key, enabled=True, on_site=False, media=["sms"], mode="first")
    preferences.change(reachable.customer, marketing=consents, opted_out_media=refused)
    with time_machine.travel(NOON, tick=False):
        write(reachable, "b", birthday)
        message_sending.run()
    assert list_states() == [("sms", "skipped", reason)]


def test_who_replies_r_gets_no_more_marketing(reachable):
    preferences.change(reachable.customer, marketing=True, opted_out_media=[])
    assert [preferences.opt_out_by_sms("13812345678") for _ in range(2)] == [True, True]
    assert preferences.list_opted_out(reachable.customer) == ["sms"]
    assert not preferences.opt_out_by_sms("13900000000")


def test_a_report_ends_a_message_and_a_failure_tries_the_next_medium(reachable, platforms):
    policies.change(KIND.key, enabled=True, on_site=False, media=["sms", "email"], mode="first")
    for number in (1, 2):
        write(reachable, number)
    message_sending.run()
    first, second = message_records.list_messages(medium="sms")
    for _ in range(2):
        assert reports.record(medium="sms", provider_number=first.provider_number, delivered=True)
        assert reports.record(medium="sms", number=second.number, delivered=False, code="MK:0001")
    assert not reports.record(medium="sms", provider_number="unknown", delivered=True)
    message_sending.run()
    assert list_states() == [("sms", "delivered", ""), ("sms", "failed", "MK:0001"), ("email", "sent", "")]


def test_staff_send_a_failed_message_again(reachable, platforms):
    policies.change(KIND.key, enabled=True, on_site=False, media=["sms"], mode="first")
    platforms.errors["sms"] = rejected("isv.SMS_TEMPLATE_ILLEGAL")
    write(reachable)
    message_sending.run()
    (row,) = message_records.list_messages(medium="sms")
    platforms.errors.clear()
    for _ in range(2):
        message_list.send_again(row.number)
    message_sending.run()
    assert list_states() == [("sms", "sent", "")]
    assert len(platforms.sent) == 1


def test_an_erased_person_keeps_no_address_and_no_text(reachable, platforms):
    write(reachable)
    message_sending.run()
    profiles.erase(reachable.customer)
    assert {(row.address, row.text, row.title) for row in message_records.list_messages()} == {(None, "", "")}
    write(reachable, 2)
    message_sending.run()
    assert list_states()[-1][1:] == ("skipped", "erased")
