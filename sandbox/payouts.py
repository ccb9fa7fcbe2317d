"""Money from merchants to people: red packets to open and transfers to confirm. Unclaimed ones go back after a day."""

import itertools
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

from sandbox import openids
from sandbox.clock import Clock
from sandbox.errors import SandboxError
from sandbox.people import People
from sandbox.wallets import Wallets
from sandbox.wechat_pay_merchants import Merchant, Merchants
from sandbox.wechat_pay_notices import WeChatPayNotices
from sandbox.wechat_pay_orders import to_text

LIFETIME_S = 24 * 3600
MIN_FEN, MAX_FEN, TRANSFER_MIN_FEN = 100, 20_000, 10
MAX_PACKETS_PER_DAY = 10  # of one person
MAX_REJECTIONS = 200
PLATFORM_NUMBERS = itertools.count(time.time_ns() // 1000)
State = Literal["waiting", "received", "returned", "cancelled"]


class PayoutError(Exception):
    """A rejection with the code of red packets, such as `NOTENOUGH`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class PayoutRequest:
    """What a merchant asks for. `scene` allows red packets outside of the usual bounds."""

    kind: Literal["red_packet", "transfer"]
    number: str
    app_id: str
    openid: str
    amount_fen: int
    send_name: str
    title: str
    wishing: str
    scene: str = ""
    notify_url: str = ""


@dataclass
class Payout:
    id: str
    merchant_id: str
    person_id: str
    request: PayoutRequest
    created_at: float
    platform_number: str
    package: str = ""
    state: State = "waiting"
    ended_at: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the row of the books, without the openid."""
        request = self.request
        return {
            "id": self.id, "kind": request.kind, "merchant_id": self.merchant_id, "number": request.number,
            "person_id": self.person_id, "amount_fen": request.amount_fen, "send_name": request.send_name,
            "title": request.title, "wishing": request.wishing, "state": self.state, "at": self.created_at,
            "platform_number": self.platform_number,
        }  # fmt: skip

    def to_transfer(self) -> dict[str, Any]:
        """Return the object of API v3 that queries and notices show."""
        state = {
            "waiting": "WAIT_USER_CONFIRM",
            "received": "SUCCESS",
            "returned": "FAIL",
            "cancelled": "CANCELLED",
        }
        value = {
            "mch_id": self.merchant_id, "out_bill_no": self.request.number, "transfer_bill_no": self.platform_number,
            "appid": self.request.app_id, "state": state[self.state], "transfer_amount": self.request.amount_fen,
            "transfer_remark": self.request.title, "openid": self.request.openid,
            "create_time": to_text(self.created_at), "update_time": to_text(self.ended_at or self.created_at),
        }  # fmt: skip
        return value | ({"fail_reason": "OVERDUE_CLOSE"} if self.state == "returned" else {})


@dataclass(frozen=True)
class Rejection:
    """A call that was not executed. `person_id` is None if the openid is of no person."""

    merchant_id: str
    person_id: str | None
    request: PayoutRequest
    code: str
    message: str
    at: float

    def to_json(self) -> dict[str, Any]:
        """Return the row of the books, without the openid."""
        request = self.request
        return {
            "kind": request.kind, "merchant_id": self.merchant_id, "number": request.number, "at": self.at,
            "person_id": self.person_id, "amount_fen": request.amount_fen, "send_name": request.send_name,
            "title": request.title, "code": self.code, "message": self.message,
        }  # fmt: skip


class Payouts:
    def __init__(
        self,
        *,
        clock: Clock,
        people: People,
        merchants: Merchants,
        wallets: Wallets,
        notices: WeChatPayNotices,
    ) -> None:
        self._clock = clock
        self._people = people
        self._merchants = merchants
        self._wallets = wallets
        self._notices = notices
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        self._payouts: dict[tuple[str, str], Payout] = {}
        self._rejections: deque[Rejection] = deque(maxlen=MAX_REJECTIONS)

    def send(self, merchant: Merchant, request: PayoutRequest) -> Payout:
        """Take the money from the merchant's balance, once for each number. Raises PayoutError."""
        try:
            return self._send(merchant, request)
        except PayoutError as error:
            person_id, now = self._find_person(request), self._clock.now()
            self._rejections.append(
                Rejection(merchant.merchant_id, person_id, request, error.code, error.message, now)
            )
            raise

    def _send(self, merchant: Merchant, request: PayoutRequest) -> Payout:
        with self._lock:
            earlier = self._payouts.get((merchant.merchant_id, request.number))
            if earlier is not None:
                if (earlier.request.openid, earlier.request.amount_fen) != (
                    request.openid,
                    request.amount_fen,
                ):
                    raise PayoutError("FATAL_ERROR", "openid 和原始单参数不一致")
                return earlier
            person_id = self._check(merchant, request)
            if not self._merchants.add_payout_balance(merchant.merchant_id, -request.amount_fen):
                raise PayoutError("NOTENOUGH", "帐号余额不足，请到商户平台充值后再重试")
            payout = Payout(
                id=secrets.token_hex(8), merchant_id=merchant.merchant_id, person_id=person_id, request=request,
                created_at=self._clock.now(), platform_number=f"1000{next(PLATFORM_NUMBERS):024d}",
                package=secrets.token_urlsafe(48) if request.kind == "transfer" else "",
            )  # fmt: skip
            self._payouts[merchant.merchant_id, request.number] = payout
            return payout

    def find(self, merchant_id: str, number: str) -> Payout | None:
        """Find what a merchant sent under a number, as it is by now."""
        self.expire()
        return self._payouts.get((merchant_id, number))

    def list_all(self, *, person_id: str | None = None) -> list[Payout]:
        """List the books, the newest first."""
        self.expire()
        with self._lock:
            rows = [row for row in self._payouts.values() if person_id in (None, row.person_id)]
        return rows[::-1]

    def list_rejections(self, *, person_id: str | None = None) -> list[Rejection]:
        """List the calls that were not executed, the newest first."""
        return [row for row in reversed(self._rejections) if person_id in (None, row.person_id)]

    def receive(self, person_id: str, payout_id: str) -> Payout:
        """Open a red packet or confirm a transfer: its money goes to the wallet. Raises SandboxError."""
        payout = self._get(person_id, payout_id)
        with self._lock:
            if payout.state != "waiting":
                raise SandboxError("already_ended", "已经领取、退回或撤销", 409)
            self._wallets.add(person_id, payout.request.amount_fen)
            payout.state, payout.ended_at = "received", self._clock.now()
        self._notify(payout)
        return payout

    def get_by_package(self, person_id: str, package: str) -> Payout:
        """Return the transfer of a package that a page passes. Raises SandboxError."""
        rows = self.list_all(person_id=person_id)
        found = next((row for row in rows if package and row.package == package), None)
        if found is None:
            raise SandboxError("no_such_transfer", "没有这笔转账，或不是您的", 404)
        return found

    def cancel(self, payout: Payout) -> None:
        """Cancel a transfer that waits for its confirmation: the merchant gets the money back."""
        self._give_back([payout], "cancelled")

    def expire(self) -> None:
        """Give back what was not received within a day of the sandbox's clock."""
        with self._lock:
            limit = self._clock.now() - LIFETIME_S
            due = [
                row for row in self._payouts.values() if row.state == "waiting" and row.created_at <= limit
            ]
        self._give_back(due, "returned")

    def _give_back(self, payouts: list[Payout], state: State) -> None:
        with self._lock:
            ended = [payout for payout in payouts if payout.state == "waiting"]
            for payout in ended:
                self._merchants.add_payout_balance(payout.merchant_id, payout.request.amount_fen)
                payout.state, payout.ended_at = state, self._clock.now()
        for payout in ended:
            self._notify(payout)

    def _notify(self, payout: Payout) -> None:
        if payout.request.notify_url:
            self._notices.send_transfer(
                self._merchants.get(payout.merchant_id), payout.request.number, payout.request.notify_url,
                payout.to_transfer(),
            )  # fmt: skip

    def _get(self, person_id: str, payout_id: str) -> Payout:
        rows = self.list_all(person_id=person_id)
        found = next((row for row in rows if row.id == payout_id), None)
        if found is None:
            raise SandboxError("no_such_payout", "没有这个红包", 404)
        return found

    def _check(self, merchant: Merchant, request: PayoutRequest) -> str:
        """Return the person of the openid. Raises PayoutError."""
        if request.app_id not in merchant.app_ids:
            raise PayoutError("MSGAPPID_ERROR", "触达消息给用户 appid 有误，请检查绑定关系")
        person_id = self._find_person(request)
        if person_id is None:
            raise PayoutError("OPENID_ERROR", "openid 和 appid 不匹配")
        if request.kind == "transfer":
            if request.amount_fen < TRANSFER_MIN_FEN:
                raise PayoutError("MONEY_LIMIT", "转账金额最低 0.1 元")
            return person_id
        if not request.scene and not MIN_FEN <= request.amount_fen <= MAX_FEN:
            raise PayoutError("MONEY_LIMIT", "红包金额应在 1 到 200 元之间")
        day_ago = self._clock.now() - 24 * 3600
        sent = [
            row for row in self._payouts.values() if row.person_id == person_id and row.created_at > day_ago
        ]
        if sum(row.merchant_id == merchant.merchant_id for row in sent) >= MAX_PACKETS_PER_DAY:
            raise PayoutError("SENDNUM_LIMIT", "该用户今日领取红包个数超过限制")
        return person_id

    def _find_person(self, request: PayoutRequest) -> str | None:
        for person in self._people.list_all():
            if openids.derive_openid(person_id=person.id, appid=request.app_id) == request.openid:
                return person.id
        return None
