"""A stream of payments at the demo till over HTTP, and a comparison of our books with those of the sandbox."""

import itertools
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import requests

from demo import tills
from tests.end_to_end.raw_records import Records
from tests.end_to_end.running_app import RunningApp
from tests.support.app_process import TIMEOUT_S

T = TypeVar("T")
PLATFORMS = ("wechat_pay", "alipay")
JOURNEYS = ("pay_code", "password", "qr_code", "refund", "reversal")
CONFIRM = {"wechat_pay": ("wechat-payments", "code_url"), "alipay": ("alipay-payments", "qr_code")}
PROMPT_TIMEOUT_S = 10.0  # a charge that never arrived shows no prompt
REFUND_FEN = 300
_ATTEMPTS_SQL = """
    SELECT attempt.number, attempt.state, attempt.paid_fen, attempt.taken_fen, attempt.payable_number,
        (SELECT coalesce(sum(refund.amount_fen), 0) FROM refund
         WHERE refund.attempt_id = attempt.id AND refund.state = 'succeeded' AND refund.method = 'original')
    FROM payment_attempt AS attempt WHERE attempt.merchant_id IS NOT NULL
"""
_OPEN_SQL = """
    SELECT (SELECT count(*) FROM payment_attempt WHERE state IN ('created', 'pending', 'unknown'))
        + (SELECT count(*) FROM refund WHERE state IN ('asked', 'sent'))
"""
_LEASED_SQL = """
    SELECT count(*) FROM event_delivery JOIN event ON event.id = event_delivery.event_id
    WHERE event_delivery.lease IS NOT NULL AND event.kind IN ('payments.due', 'refunds.due')
"""


class TillStream:
    """A till whose requests are repeated under the same key until they are answered, and its customers' phones.

    `answers` counts the states that the till was shown, `repeats` the requests that had no answer.
    """

    def __init__(self, running_app: RunningApp) -> None:
        self._app, self.records = running_app, Records(running_app)
        self._amounts = itertools.count(1_000, 7)
        self.answers, self.repeats = Counter[str](), 0
        self._sold_before = {number for (number,) in self.records.execute('SELECT number FROM "order"')}
        found = tills.read(running_app.var)
        assert found is not None
        manager = found["cashiers"][1]
        body = {
            "terminal": found["terminal"], "secret": found["secret"], "cashier": manager["number"],
            "pin": manager["pin"],
        }  # fmt: skip
        self._token = ""
        self._token = self.post("/sessions", body)["token"]

    def run(self, count: int, *, meanwhile: Callable[[], T]) -> T:
        """Let customers pay at the same time, each journey on both platforms, and return the result of `meanwhile`."""
        kinds = list(itertools.islice(itertools.cycle(itertools.product(JOURNEYS, PLATFORMS)), count))
        with ThreadPoolExecutor(count) as pool:
            calls = [pool.submit(self.pay, *kind) for kind in kinds]
            result = meanwhile()
        for call in calls:
            call.result()
        return result

    def pay(self, journey: str, platform: str) -> None:
        """Open a sale and take its money from a new customer."""
        amount_fen = next(self._amounts)
        person = self._sandbox("POST", "people", {"name": "路人"})["id"]
        if journey in ("password", "reversal"):
            self._sandbox("PUT", f"people/{person}/wallet", {"password_above_fen": 1})
        sale = self.post("/sales", {"amount_fen": amount_fen})
        path = f"/sales/{sale['number']}"
        if journey == "qr_code":
            code = self.post(f"{path}/codes", {"platform": platform.removesuffix("_pay")})["code_url"]
            route, field = CONFIRM[platform]
            self._sandbox("POST", f"people/{person}/{route}", {field: code})
            return
        code = self._sandbox("POST", f"people/{person}/pay-codes", {"platform": platform})["code"]
        state = self.post(f"{path}/charges", {"auth_code": code})["state"]
        self.answers[state] += 1
        if journey == "password":
            self._enter_password(person)
        elif journey == "reversal":
            self.answers[self.post(f"{path}/reversal", {})["state"]] += 1
        elif journey == "refund" and state == "paid":
            line = {"line": sale["lines"][0]["line"], "amount_fen": REFUND_FEN}
            self.post(f"{path}/refunds", {"lines": [line], "reason": "退货"})

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post to the till's routes, again under the same key until there is an answer, and return its data."""
        headers = {"Idempotency-Key": uuid.uuid4().hex, "Authorization": f"Bearer {self._token}"}
        url, until = f"http://127.0.0.1:{self._app.web_port}/till{path}", time.monotonic() + TIMEOUT_S
        while True:
            try:
                answer = requests.post(url, json=body, headers=headers, timeout=30)
            except requests.RequestException:
                assert time.monotonic() < until, f"no answer to {path}"
                self.repeats += 1
                time.sleep(0.25)
                continue
            assert answer.status_code == 201, f"{path}: {answer.status_code} {answer.text}"
            data: dict[str, Any] = answer.json()["data"]
            return data

    def count_open(self) -> int:
        """Return how many payments and refunds are not final."""
        return int(self.records.execute(_OPEN_SQL)[0][0])

    def count_leased(self) -> int:
        """Return how many payments and refunds a worker is following at this moment."""
        return int(self.records.execute(_LEASED_SQL)[0][0])

    def list_charges(self) -> list[dict[str, Any]]:
        """Return the books of the sandbox."""
        rows: list[dict[str, Any]] = self._sandbox("GET", "ledger")["list"]
        return rows

    def count_states(self) -> Counter[str]:
        """Return how many attempts are in each state, and how many have a refund."""
        rows = self.records.execute(_ATTEMPTS_SQL)
        return Counter([row[1] for row in rows] + ["refunded" for row in rows if row[5]])

    def differences(self) -> list[str]:
        """Return where our books differ from those of the sandbox, or an order was paid more than once."""
        return [*self._compare_attempts(), *self._compare_orders()]

    def _compare_attempts(self) -> Iterator[str]:
        charges = self.list_charges()
        for number, count in Counter(charge["number"] for charge in charges).items():
            if count > 1:
                yield f"{number}: charged {count} times"
        ledger = {charge["number"]: charge for charge in charges}
        ours = {row[0]: row for row in self.records.execute(_ATTEMPTS_SQL)}
        yield from (f"{number}: charged, and unknown here" for number in ledger.keys() - ours.keys())
        for number, state, paid_fen, _, _, back_fen in ours.values():
            charge = ledger.get(number)
            is_paid = charge is not None and charge["state"] == "paid"
            theirs = (charge["amount_fen"], charge["refunded_fen"]) if is_paid else (0, 0)
            if state == "succeeded" and theirs != (paid_fen, back_fen):
                yield f"{number}: {theirs} paid and refunded at the sandbox, {(paid_fen, back_fen)} here"
            if state != "succeeded" and theirs[0] != theirs[1]:
                yield f"{number}: {theirs} paid and refunded at the sandbox, {state} here"

    def _compare_orders(self) -> Iterator[str]:
        taken, payments = Counter[str](), Counter[str]()
        for _, state, _, taken_fen, order, _ in self.records.execute(_ATTEMPTS_SQL):
            taken[order] += taken_fen
            payments[order] += state == "succeeded"
        sql = "SELECT number, money_fen, total_fen FROM \"order\" WHERE direction = 'sale'"
        for number, money_fen, total_fen in self.records.execute(sql):
            if number in self._sold_before:
                continue
            if money_fen != taken[number] or money_fen not in (0, total_fen) or payments[number] > 1:
                yield f"order {number}: {money_fen} of {total_fen}, {taken[number]} by {payments[number]} payments"

    def _enter_password(self, person: str) -> None:
        until = time.monotonic() + PROMPT_TIMEOUT_S
        while time.monotonic() < until:
            for prompt in self._sandbox("GET", f"people/{person}/wallet")["prompts"]:
                self._sandbox("POST", f"people/{person}/prompts/{prompt['id']}", {"action": "password"})
                return
            time.sleep(0.25)

    def _sandbox(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self._app.sandbox_url}/sandbox/{path}", json=body, timeout=30)
        assert answer.ok, f"{path}: {answer.text}"
        return answer.json()
