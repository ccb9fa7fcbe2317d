"""My red packets by HTTP: the list, the parameters of a confirmation, and asking WeChat once more."""

import pytest

import red_packet_calls
from store.customers import sessions
from store.red_packets import results, sending
from store.red_packets.red_packets import RedPacket
from tests.support.red_packet_records import write_transfer

HOME = "/api/me/red-packets"


@pytest.fixture
def packet(xiaomei):
    return write_transfer(sessions.get_by_token(xiaomei.token).customer)


def test_waiting_transfer_is_listed_with_what_its_confirmation_needs(packet, xiaomei, laowang):
    (row,) = xiaomei.get(HOME).json["data"]["list"]
    assert (row["state"], row["state_label"], row["hint"]) == ("sent", "待领取", "请确认收款")
    assert (row["amount_fen"], row["can_confirm"], "number" in row) == (100, True, False)
    path = f"{HOME}/{packet.public_id}"
    assert xiaomei.get(f"{path}/confirmation").json["data"] == {
        "mchId": "1900000109", "appId": "wxacmemini", "package": "package-of-1",
    }  # fmt: skip
    assert laowang.get(HOME).json["data"]["list"] == []
    assert [laowang.get(f"{path}{end}").status_code for end in ("", "/confirmation")] == [404, 404]


def test_confirmation_belongs_to_the_application_of_the_transfer_and_ends_with_it(packet, xiaomei):
    path = f"{HOME}/{packet.public_id}/confirmation"
    RedPacket.update(app_id="wxacmemp").execute()
    assert xiaomei.get(path).json["code"] == "wrong_app"
    results.record_answer(number=packet.number, outcome="received")
    assert xiaomei.get(path).json["code"] == "not_confirmable"
    assert xiaomei.get(HOME).json["data"]["list"][0]["hint"] == "已存入微信零钱"


def test_query_asks_the_platform_as_long_as_it_waits_and_not_too_often(packet, xiaomei, monkeypatch):
    asked = []

    def query(row):
        asked.append(row.number)
        return results.record_answer(number=row.number, outcome="processing")

    monkeypatch.setattr(red_packet_calls, "query", query)
    path = f"{HOME}/{packet.public_id}/queries"
    answers = [xiaomei.post(path).status_code for _ in range(21)]
    assert (answers, len(asked)) == ([200] * 20 + [429], 20)
    results.record_answer(number=packet.number, outcome="received")
    assert xiaomei.post(path).json["data"]["state"] == "received"
    assert sending.begin(packet.number) is None
