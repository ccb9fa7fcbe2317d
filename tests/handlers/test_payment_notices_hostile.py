"""Hostile notices, most of them signed correctly: nothing changes but the alarm, and no answer is a 5xx."""

import itertools
import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from store.core import cache, clock
from store.core.events import Event
from store.payments import attempts, merchants, refunds
from store.payments.attempts import PaymentAttempt
from store.payments.notices import PaymentNotice
from store.payments.refunds import Refund
from tests.support.database import dump_rows
from tests.support.payment_shop import PLATFORMS, PaymentShop, count_events, credentials_of
from tests.support.signed_notices import FORM, alipay_body, sign_wechat, wechat_body

ALARM = "payments.notice_rejected"
MISSING = object()
OTHER_NUMBER = "x" * 20  # of another tenant: this one has no such row
RIVAL = {
    "mchid": "1900000999",
    "appid": "wxrivalmini",
    "app_id": "2021000000000999",
    "seller_id": "2088" + "9" * 12,
}
# What says nothing that could be compared: a notice without it, or with another value, is as good.
FREE = {
    "wechat_pay": {"payer.openid", "amount.payer_total"},
    "alipay": {"buyer_id", "buyer_pay_amount", "gmt_payment"},
}
# The number of the platform is not known before, and the charset is UTF-8 unless it is named.
FREE_VALUES = {"trade_no text", "trade_no not a number", "trade_no +1", "trade_no -1", "charset missing"}
ids = itertools.count(1)


class Case:
    """One platform and kind: a genuine content, and how it is signed and posted."""

    def __init__(self, shop: PaymentShop, platform: str, kind: str) -> None:
        self.shop, self.platform, self.kind = shop, platform, kind
        self.attempt = shop.start(platform, shop.order())
        attempts.PaymentAttempt.update(state="pending").execute()
        self.refund: Refund | None = None
        if kind == "refund":
            PaymentAttempt.update(
                state="succeeded", paid_fen=9_900, taken_fen=9_900, platform_number="4200001"
            ).where(PaymentAttempt.id == self.attempt.id).execute()
            self.refund = shop.ask_refund(self.attempt, 300, number="refund1")
            refunds.record_result(number="refund1", outcome="processing")

    def content(self) -> dict[str, Any]:
        """The genuine content, flat: names of inner fields have a dot."""
        number = self.attempt.number
        if self.platform == "alipay":
            app = self.shop.accounts.alipay
            both = {
                "notify_type": "trade_status_sync", "app_id": app.app_id, "seller_id": app.seller_id,
                "out_trade_no": number, "trade_no": "4200001", "trade_status": "TRADE_SUCCESS",
                "total_amount": "99.00", "buyer_id": "2088000000000001", "buyer_pay_amount": "99.00",
                "gmt_payment": "2026-11-28 10:00:00", "charset": "utf-8",
            }  # fmt: skip
            return both | ({"out_biz_no": "refund1", "refund_fee": "3.00"} if self.refund else {})
        ours = {
            "mchid": self.shop.accounts.wechat.merchant_id,
            "out_trade_no": number,
            "transaction_id": "4200001",
        }
        if self.refund:
            return ours | {
                "out_refund_no": "refund1", "refund_id": "5030001", "refund_status": "SUCCESS",
                "amount.total": 9_900, "amount.refund": 300,
            }  # fmt: skip
        return ours | {
            "appid": self.attempt.app_id, "trade_state": "SUCCESS", "success_time": "2026-11-28T10:00:00+08:00",
            "amount.total": 9_900, "amount.payer_total": 9_900, "amount.currency": "CNY", "payer.openid": "openid1",
        }  # fmt: skip

    def post(self, content: dict[str, Any], **options: Any) -> Any:
        """Post a content, signed correctly and under a new id."""
        notice_id = f"n{next(ids)}"
        if self.platform == "alipay":
            form = {"notify_id": notice_id} | content
            return self.shop.post(
                "alipay", alipay_body(self.shop.accounts.alipay, form, **options).encode(), FORM
            )
        event = "REFUND.SUCCESS" if self.refund else "TRANSACTION.SUCCESS"
        merchant = self.shop.accounts.wechat
        body = wechat_body(merchant, unflatten(content), notice_id=notice_id, event=event)
        return self.shop.post("wechat_pay", body.encode(), sign_wechat(merchant, body, **options))


def unflatten(content: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, item in content.items():
        outer, _, inner = name.partition(".")
        if inner:
            value.setdefault(outer, {})[inner] = item
        else:
            value[outer] = item
    return value


def mutations(content: dict[str, Any], platform: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field missing, empty, of another type, one more and one less, and of another tenant."""
    for name, value in content.items():
        yield f"{name} missing", {key: item for key, item in content.items() if key != name}
        for label, other in _other_values(name, value, platform):
            if other != value:
                yield f"{name} {label}", content | {name: other}
    if platform == "wechat_pay":
        for other in (None, [], "9900", 9_900):
            flat = {key: item for key, item in content.items() if not key.startswith("amount.")}
            yield f"amount {other!r}", flat | {"amount": other}


def _other_values(name: str, value: Any, platform: str) -> Iterator[tuple[str, Any]]:
    yield "empty", ""
    if platform == "alipay":
        yield from (
            ("text", "x"),
            ("object", '{"a":1}'),
            ("signed", f"+{value}"),
            ("full width", "９９.００"),
        )
        if value.replace(".", "").isdigit():
            cents = int(value.replace(".", ""))
            for step in (1, -1):
                yield f"{step:+}", _like(value, cents + step)
            yield from (("negative", f"-{value}"), ("exponent", "9900e-2"), ("not a number", "NaN"))
    else:
        yield from (("null", None), ("list", [value]), ("object", {"a": value}), ("true", True))
        yield from (("number", 9_900.0), ("negative", -9_900)) if isinstance(value, int) else (("number", 7),)
        if isinstance(value, int):
            yield from (("+1", value + 1), ("-1", value - 1), ("text", str(value)), ("huge", 10**30))
    if name in RIVAL:
        yield "of another tenant", RIVAL[name]
    if name in ("out_trade_no", "out_refund_no", "out_biz_no"):
        yield from (("of another tenant", OTHER_NUMBER), ("long", "9" * 5_000), ("injected", "1' OR '1'='1"))
    if name == "amount.currency":
        yield "other", "USD"


def _like(value: str, cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}" if "." in value else str(cents)


def state_of() -> dict[str, Any]:
    """All rows of the tenant but the inbox, the alarm, and the time of the next query that follows from it."""
    rows = dump_rows()
    del rows["payment_notice"], rows["event"], rows["event_delivery"], rows["payment_attempt"]
    known = [PaymentAttempt.id, PaymentAttempt.state, PaymentAttempt.paid_fen, PaymentAttempt.refunded_fen]
    rows["payment_attempt"] = list(PaymentAttempt.select(*known, PaymentAttempt.platform_number).tuples())
    alarms = (ALARM, "payments.evidence_rejected")
    rows["event"] = list(Event.select(Event.id).where(Event.kind.not_in(alarms)).tuples())
    return rows


def is_harmless(name: str, platform: str, kind: str) -> bool:
    """Whether a field has no say: nothing is compared with it."""
    field = name.split()[0]
    if field in FREE[platform] or name in FREE_VALUES:
        return True
    if kind == "refund":
        return field in {
            "transaction_id", "refund_id", "amount.total", "total_amount", "trade_no", "trade_status", "refund_fee",
        }  # fmt: skip
    return False


@pytest.mark.parametrize("kind", ["payment", "refund"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_signed_notice_with_any_wrong_field_changes_nothing_but_the_alarm(shop, platform, kind):
    case = Case(shop, platform, kind)
    before, accepted, tried = state_of(), [], 0
    for name, content in mutations(case.content(), platform):
        if is_harmless(name, platform, kind):
            continue
        Event.delete().where(Event.kind == ALARM).execute()
        response = case.post(content)
        tried += 1
        assert 400 <= response.status_code < 500 or response.status_code in (200, 204), (
            name,
            response.status_code,
        )
        if response.status_code in (200, 204):
            accepted.append(name)
        else:
            assert count_events(ALARM) == 1, name
    assert state_of() == before, accepted
    assert tried > 40
    assert accepted == EXPECTED_ACCEPTED[platform, kind]
    # Control: the content without a change is accepted and has its effect.
    assert case.post(case.content()).status_code in (200, 204)
    assert state_of() != before


# A refund notice of Alipay without its refund fields is a repeated payment notice, which changes nothing.
EXPECTED_ACCEPTED: dict[tuple[str, str], list[str]] = {
    ("wechat_pay", "payment"): [],
    ("wechat_pay", "refund"): [],
    ("alipay", "payment"): [],
    ("alipay", "refund"): ["out_biz_no missing", "out_biz_no empty"],
}


@pytest.mark.parametrize("kind", ["payment", "refund"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_field_without_a_say_changes_no_amount(shop, platform, kind):
    case = Case(shop, platform, kind)
    for name, content in mutations(case.content(), platform):
        if is_harmless(name, platform, kind):
            assert case.post(content).status_code < 500, name
    attempt = attempts.get(case.attempt.number)
    assert attempt.paid_fen in (0, 9_900)
    assert attempt.refunded_fen == (300 if kind == "refund" else 0)
    assert count_events("payments.succeeded") <= 1
    assert count_events("refunds.succeeded") <= 1


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    caplog.set_level(logging.DEBUG)
    return lambda: caplog.text


@pytest.mark.parametrize("kind", ["payment", "refund"])
def test_wechat_notice_that_is_old_forged_or_no_notice_changes_nothing(shop, kind, logged, capsys):
    case = Case(shop, "wechat_pay", kind)
    merchant, value = shop.accounts.wechat, unflatten(case.content())
    event = "REFUND.SUCCESS" if kind == "refund" else "TRANSACTION.SUCCESS"
    genuine = wechat_body(merchant, value, notice_id="genuine", event=event)
    headers = sign_wechat(merchant, genuine)
    xxe = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><out_trade_no>&e;</out_trade_no></xml>'
    attacks = [
        (genuine, sign_wechat(merchant, genuine, age_s=900)),
        (genuine, sign_wechat(merchant, genuine, age_s=-900)),
        (genuine, sign_wechat(merchant, genuine, serial="5" * 40)),
        (genuine, sign_wechat(merchant, genuine, serial="PUB_KEY_ID_OTHER")),
        (genuine, headers | {"Wechatpay-Signature": f"WECHATPAY/SIGNTEST/{headers['Wechatpay-Signature']}"}),
        (genuine, headers | {"Wechatpay-Signature": ""}),
        (genuine, headers | {"Wechatpay-Signature": "%00"}),
        (genuine, headers | {"Wechatpay-Timestamp": "NaN"}),
        (genuine, {}),
        (genuine + " ", headers),
    ]
    texts = [
        "", "null", "[]", "{}", "[" * 50_000, xxe, "\x00", '{"resource": 1}',
        wechat_body(merchant, value, notice_id="", event=event),
        wechat_body(merchant, value, notice_id="n" * 65, event=event),
        wechat_body(merchant, value, notice_id="e1", event="COUPON.USE"),
        wechat_body(merchant, value, notice_id="e2", event=event, event_type=5),
        wechat_body(merchant, value, notice_id="e3", event=event, resource=[]),
        wechat_body(merchant, value, notice_id="e4", event=event, resource_type="x"),
        *(wechat_body(merchant, text, notice_id="t", event=event) for text in ("", "[]", xxe, "[" * 50_000)),
        json.dumps({"id": "x" * 70_000}),
    ]  # fmt: skip
    attacks += [(text, sign_wechat(merchant, text)) for text in texts]
    before = state_of()
    for number, (body, signed) in enumerate(attacks):
        Event.delete().where(Event.kind == ALARM).execute()
        response = shop.post("wechat_pay", body.encode(), signed)
        assert (response.status_code, response.json["code"]) == (401, "FAIL"), (number, body[:60])
        assert count_events(ALARM) == 1
    assert shop.post("wechat_pay", b"x" * 300_000, headers).status_code == 413
    assert state_of() == before
    assert PaymentNotice.select().count() == 0
    assert_no_secret(shop, logged() + "".join(capsys.readouterr()))


@pytest.mark.parametrize("kind", ["payment", "refund"])
def test_alipay_notice_that_is_old_forged_or_no_notice_changes_nothing(shop, kind, logged, capsys):
    case = Case(shop, "alipay", kind)
    app, form = shop.accounts.alipay, {"notify_id": "genuine", **case.content()}
    genuine = alipay_body(app, form)
    own_key = app.private_key_pem
    attacks = [
        alipay_body(app, form, age_s=4 * 86_400),
        alipay_body(app, form, age_s=-7_200),
        alipay_body(app, form, key=own_key),
        alipay_body(app, form, sign_type="RSA"),
        alipay_body(app, form, sign_type=""),
        alipay_body(app, form | {"notify_time": "yesterday"}),
        alipay_body(app, form | {"notify_id": ""}),
        alipay_body(app, form | {"notify_id": "n" * 65}),
        alipay_body(app, form | {"charset": "utf-7"}),
        genuine.replace("99.00", "98.00"),
        genuine + "&total_amount=1.00",
        genuine + "&extra=1",
        genuine.split("&sign=")[0],
        genuine.split("&sign=")[0] + "&sign=%00%ff",
        "", "sign=1", "&&&", "a" * 70_000, "x=" + "y" * 70_000, "%ff=%ff", "\x00",
        "&".join(f"f{number}=1" for number in range(200)),
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    ]  # fmt: skip
    before = state_of()
    for number, body in enumerate(attacks):
        Event.delete().where(Event.kind == ALARM).execute()
        response = shop.post("alipay", body.encode(), FORM)
        assert (response.status_code, response.text) == (401, "failure"), (number, body[:60])
        assert count_events(ALARM) == 1
    assert shop.post("alipay", b"x" * 300_000, FORM).status_code == 413
    assert state_of() == before
    assert PaymentNotice.select().count() == 0
    assert_no_secret(shop, logged() + "".join(capsys.readouterr()))


def assert_no_secret(shop: PaymentShop, text: str) -> None:
    api_key = credentials_of(shop.accounts, "wechat_pay")["api_v3_keys"][0]
    secrets = [api_key, "PRIVATE KEY", "openid1", "2088000000000001"]
    assert not [secret for secret in secrets if secret in text]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_replayed_notice_changes_nothing_while_it_is_recent_and_is_rejected_later(shop, platform):
    case = Case(shop, platform, "payment")
    recorded: list[tuple[Any, ...]] = []
    post, shop.post = shop.post, lambda *words: recorded.append(words) or post(*words)  # type: ignore[method-assign]
    assert case.post(case.content()).status_code in (200, 204)
    before = state_of()
    for _ in range(3):
        assert post(*recorded[0]).status_code in (200, 204)
    with time_machine.travel(clock.machine_time() + timedelta(days=4)):
        assert post(*recorded[0]).status_code == 401
    assert state_of() == before
    assert PaymentNotice.get().times == 4
    assert count_events("payments.succeeded") == count_events(ALARM) == 1


@pytest.mark.parametrize("platform", PLATFORMS)
def test_notice_of_one_merchant_about_a_payment_of_another_changes_nothing(shop, platform):
    case = Case(shop, platform, "payment")
    other = shop.start(next(name for name in PLATFORMS if name != platform), shop.order())
    before = state_of()
    assert case.post(case.content() | {"out_trade_no": other.number}).status_code == 422
    assert state_of() == before


def test_merchant_whose_keys_cannot_be_read_rejects_and_raises_the_alarm(shop):
    for platform, keys in (("wechat_pay", {"PUB_KEY_ID_1": "no key"}), ("alipay", ["no key"])):
        row, case = shop.merchants[platform], Case(shop, platform, "payment")
        broken = {"public_keys": keys, "private_key_pem": "no key"}
        row.update_fields(credentials=json.dumps(merchants.read_credentials(row) | broken))
        cache.clear()
        assert case.post(case.content()).status_code == 401
    assert count_events(ALARM) == 2
