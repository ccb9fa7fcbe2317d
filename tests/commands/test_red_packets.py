"""`flask red-packets`, and what the doctor says about them."""

import pytest

from store.customers import followers
from store.membership import registration
from store.payments import merchants
from store.red_packets import results, sending
from store.tenants import channels
from tests.support.red_packet_records import CREDENTIALS


@pytest.fixture
def card(acme):
    customer = followers.follow(channel=channels.get_by_key("acme-mp"), openid="o-mei").customer
    merchants.add(
        platform="wechat_pay", name="微信商户", merchant_id="1900000109", app_id="wxacmemp", key="acme-pay",
        credentials=CREDENTIALS,
    )  # fmt: skip
    return registration.register_by_platform(
        phone="+8613812345678", source="wechat_official", customer=customer
    ).card_number


def test_account_is_saved_and_a_red_packet_sent_stopped_and_given_up(run_command, run_json, card):
    saved = run_command(
        "red-packets", "save-account", "acme-pay", "--way", "red_packet", "--name", "小二便利"
    )
    assert "缺少 APIv2 密钥" in saved.output
    for _ in range(2):
        sent = run_command("red-packets", "send", card, "1.50", "--key", "gift-1")
        assert "1.50 元，待发放" in sent.output
    (row,) = run_json("red-packets", "list")
    assert (row["amount_fen"], row["state"]) == (150, "requested")
    assert "已停发：被刷" in run_command("red-packets", "stop", "--reason", "被刷").output
    rejected = run_command("red-packets", "send", card, "1.50", "--key", "gift-2")
    assert (rejected.exit_code, "暂停发放" in rejected.output) == (1, True)
    assert "已恢复发放" in run_command("red-packets", "resume").output
    assert "待发放" in run_command("red-packets", "retry", row["id"]).output
    assert "未发出" in run_command("red-packets", "give-up", row["id"], "--reason", "不要了").output
    assert "没有红包" in run_command("red-packets", "list", "--held").output


def test_doctor_names_missing_keys_held_packets_and_the_stop(run_command, run_json, card):
    run_command("red-packets", "save-account", "acme-pay", "--way", "red_packet", "--name", "小二便利")
    run_command("red-packets", "send", card, "1.50", "--key", "gift-1")
    number = run_json("red-packets", "list")[0]["number"]
    sending.begin(number)
    results.record_rejection(number=number, code="NOAUTH")
    run_command("red-packets", "stop", "--reason", "被刷")
    output = run_command("doctor").output
    assert "红包 acme-pay：缺少 APIv2 密钥" in output
    assert "1 个没有发出" in output
    assert "已紧急停发" in output
