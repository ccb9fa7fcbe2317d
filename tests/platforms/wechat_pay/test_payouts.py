"""Red packets and transfers at the sandbox, as the clients see them."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.http import PlatformSession
from platforms.wechat_pay.red_packets import RedPackets, build_ssl_context
from platforms.wechat_pay.transfers import Transfers
from sandbox import openids
from tests.platforms.wechat_pay.conftest import APP_ID, PERSON

SEND = "/mmpaymkttransfers/sendredpack"
BODY = {"app_id": APP_ID, "send_name": "小二便利", "title": "新春抽奖", "wishing": "恭喜发财①²"}


@pytest.fixture
def openid():
    return openids.derive_openid(person_id=PERSON, appid=APP_ID)


@pytest.fixture
def packets(shop):
    return RedPackets(shop.credentials, shop.http)


@pytest.fixture
def transfers(shop):
    return Transfers(shop.credentials, shop.http, notify_url=shop.receiver.url)


def number_of(shop, n=1):
    return f"{shop.merchant.merchant_id}20261129{n:010d}"


def test_red_packet_is_sent_once_for_each_number_and_followed(shop, packets, openid):
    number = number_of(shop)
    assert packets.query(number=number, app_id=APP_ID).outcome == "not_found"
    answers = [packets.send(number=number, amount_fen=100, openid=openid, **BODY) for _ in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0].outcome, answers[0].amount_fen) == ("waiting", 100)
    assert packets.query(number=number, app_id=APP_ID).outcome == "waiting"
    (payout,) = shop.sandbox.state.payouts.list_all()
    shop.sandbox.state.payouts.receive(PERSON, payout.id)
    assert packets.query(number=number, app_id=APP_ID).outcome == "received"


def test_red_packet_goes_back_after_a_day_of_the_platform(shop, packets, openid):
    packets.send(number=number_of(shop), amount_fen=100, openid=openid, **BODY)
    shop.sandbox.state.clock.offset_s += 24 * 3600
    assert packets.query(number=number_of(shop), app_id=APP_ID).outcome == "returned"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"amount_fen": 99}, "MONEYLIMIT"), ({"openid": "o-other"}, "OPENIDERROR"),
        ({"app_id": "wxother"}, "MSGAPPIDERROR"), ({"title": "字" * 33}, "PARAMERROR"),
    ],
)  # fmt: skip
def test_what_the_platform_rejects_was_not_sent(shop, packets, openid, values, code):
    with pytest.raises(PlatformRejectedError) as raised:
        packets.send(**{"number": number_of(shop), "amount_fen": 100, "openid": openid, **BODY, **values})
    assert raised.value.code == code
    assert shop.sandbox.state.payouts.list_all() == []


def test_red_7_empty_scene_is_left_out_and_a_given_one_is_sent(shop, packets, openid):
    packets.send(number=number_of(shop), amount_fen=100, openid=openid, **BODY, scene_id="")
    packets.send(number=number_of(shop, 2), amount_fen=50_000, openid=openid, **BODY, scene_id="PRODUCT_1")
    assert [row.request.scene for row in shop.sandbox.state.payouts.list_all()] == ["PRODUCT_1", ""]


def test_other_content_under_a_number_and_a_wrong_key_are_not_answered_as_sent(shop, packets, openid):
    packets.send(number=number_of(shop), amount_fen=100, openid=openid, **BODY)
    with pytest.raises(OutcomeUnknownError):
        packets.send(number=number_of(shop), amount_fen=200, openid=openid, **BODY)
    wrong = RedPackets(
        shop.credentials.__class__(**{**vars(shop.credentials), "api_v2_key": "w" * 32}), shop.http
    )
    with pytest.raises(PlatformRejectedError, match="签名"):
        wrong.query(number=number_of(shop), app_id=APP_ID)


@pytest.mark.parametrize("kind", ["http_500", "garbage", "unsigned", "late_answer"])
def test_red_2_answer_without_a_result_is_unknown(shop, packets, openid, kind):
    shop.fault(SEND, kind, delay_s=0)
    with pytest.raises(OutcomeUnknownError):
        packets.send(number=number_of(shop), amount_fen=100, openid=openid, **BODY)


def test_text_that_would_change_the_request_is_rejected(shop, packets, openid):
    with pytest.raises(ValueError, match="CDATA"):
        packets.send(
            number=number_of(shop), amount_fen=100, openid=openid, **{**BODY, "wishing": "]]><total_amount>9"}
        )


def test_transfer_waits_is_confirmed_and_its_notice_says_so(shop, transfers, openid):
    answers = [transfers.send(number=number_of(shop), amount_fen=30, openid=openid, **BODY) for _ in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0].outcome, bool(answers[0].package)) == ("waiting", True)
    (payout,) = shop.sandbox.state.payouts.list_all()
    shop.sandbox.state.payouts.receive(PERSON, payout.id)
    shop.wait_for_notices()
    notice = shop.parse()
    assert (notice.number, notice.outcome, notice.amount_fen) == (number_of(shop), "received", 30)
    assert transfers.query(number=number_of(shop)).outcome == "received"
    with pytest.raises(PlatformRejectedError):
        transfers.cancel(number=number_of(shop))


def test_transfer_is_cancelled_or_overdue(shop, transfers, openid):
    assert transfers.query(number=number_of(shop)).outcome == "not_found"
    for n in (1, 2):
        transfers.send(number=number_of(shop, n), amount_fen=30, openid=openid, **BODY)
    assert transfers.cancel(number=number_of(shop, 1)).outcome == "processing"
    shop.sandbox.state.clock.offset_s += 24 * 3600
    answers = [transfers.query(number=number_of(shop, n)) for n in (1, 2)]
    assert [answer.outcome for answer in answers] == ["returned", "returned"]
    assert answers[1].reason == "OVERDUECLOSE"
    shop.wait_for_notices()


def test_transfer_without_balance_is_rejected(shop, transfers, openid):
    shop.sandbox.state.wechat_pay.merchants.change(shop.merchant.merchant_id, {"payout_balance_fen": 0})
    with pytest.raises(PlatformRejectedError) as raised:
        transfers.send(number=number_of(shop), amount_fen=30, openid=openid, **BODY)
    assert raised.value.code == "NOTENOUGH"


@pytest.mark.filterwarnings("ignore:Unverified HTTPS")
def test_connection_carries_the_certificate_of_the_merchant(shop, tmp_path):
    """A server that asks for a certificate sees the merchant's; without one it hangs up."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            subject = dict(part[0] for part in self.connection.getpeercert()["subject"])
            seen.append(subject["commonName"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_text(shop.credentials.client_certificate_pem)
    key.write_text(shop.credentials.private_key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    ours = build_ssl_context(shop.credentials)
    ours.check_hostname, ours.verify_mode = (
        False,
        ssl.CERT_NONE,
    )  # of the server, whose own is not trusted here
    try:
        with PlatformSession(ssl_context=ours) as http:
            assert http.get(f"https://127.0.0.1:{server.server_port}/", verify=False).status_code == 200
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert seen == [shop.merchant.merchant_id]
    with pytest.raises(PlatformRejectedError):
        build_ssl_context(shop.credentials.__class__(**{**vars(shop.credentials), "private_key_pem": "x"}))
