"""Wallets of the people, shared by all payment platforms: balances, pay codes, password prompts and charges."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from sandbox.clock import Clock
from sandbox.errors import SandboxError

Platform = Literal["wechat_pay", "alipay"]
ChargeState = Literal["waiting", "paid", "failed", "closed"]
PREFIXES = {"wechat_pay": range(10, 16), "alipay": range(25, 31)}
CODE_DIGITS = 18
CODE_LIFETIME_S = 60
FIRST_BALANCE_FEN = 500_000
PASSWORD_ABOVE_FEN = 100_000


class WalletError(Exception):
    """A charge that is not possible: `unknown_code`, `used_code`, `expired_code` or `refund_too_large`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ChargeRequest:
    """What a platform asks a wallet to pay: `number` is the number of the merchant."""

    platform: Platform
    merchant_id: str
    number: str
    amount_fen: int
    description: str = ""


@dataclass(frozen=True)
class WalletRefund:
    number: str
    amount_fen: int
    at: int


@dataclass
class Charge:
    """A charge of a wallet, which is also a row of the ledger. `reason` is `no_balance` or `cancelled`."""

    id: str
    person_id: str
    request: ChargeRequest
    created_at: int
    state: ChargeState = "waiting"
    reason: str = ""
    paid_at: int | None = None
    refunds: list[WalletRefund] = field(default_factory=list)

    @property
    def refunded_fen(self) -> int:
        return sum(refund.amount_fen for refund in self.refunds)

    def to_json(self) -> dict[str, Any]:
        """Return the row of the ledger, with the request unfolded."""
        row = asdict(self)
        return {**row.pop("request"), **row, "refunded_fen": self.refunded_fen}


@dataclass
class PayCode:
    """A pay code on the phone. A replaced one stays valid for another minute."""

    code: str
    person_id: str
    platform: Platform
    replaced_at: float
    is_used: bool = False

    @property
    def expires_at(self) -> float:
        return self.replaced_at + CODE_LIFETIME_S


@dataclass
class Wallet:
    """A wallet. A charge by pay code above `password_above_fen` waits for the password."""

    balance_fen: int = FIRST_BALANCE_FEN
    password_above_fen: int = PASSWORD_ABOVE_FEN


OnChange = Callable[[Charge], None]


class Wallets:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        self._wallets: dict[str, Wallet] = {}
        self._codes: dict[str, PayCode] = {}
        self._shown: dict[tuple[str, str], PayCode] = {}
        self._charges: dict[str, Charge] = {}
        self._listeners: dict[str, OnChange] = {}

    def get(self, person_id: str) -> Wallet:
        """Return a copy of the wallet."""
        with self._lock:
            return replace(self._get(person_id))

    def configure(
        self, person_id: str, *, balance_fen: int | None = None, password_above_fen: int | None = None
    ) -> Wallet:
        """Set the balance, the amount above which the password is asked for, or both."""
        with self._lock:
            wallet = self._get(person_id)
            if balance_fen is not None:
                wallet.balance_fen = balance_fen
            if password_above_fen is not None:
                wallet.password_above_fen = password_above_fen
            return replace(wallet)

    def add(self, person_id: str, amount_fen: int) -> None:
        """Add money that a merchant gave to the balance."""
        with self._lock:
            self._get(person_id).balance_fen += amount_fen

    def pay_code(self, person_id: str, platform: Platform) -> PayCode:
        """Return the pay code that the phone shows. It is replaced after use and after a minute."""
        with self._lock:
            shown = self._shown.get((person_id, platform))
            if shown is not None and not shown.is_used and self._clock.now() < shown.replaced_at:
                return shown
            prefix = secrets.choice(PREFIXES[platform])
            text = f"{prefix}{secrets.randbelow(10 ** (CODE_DIGITS - 2)):0{CODE_DIGITS - 2}d}"
            code = PayCode(text, person_id, platform, self._clock.now() + CODE_LIFETIME_S)
            self._codes[text] = self._shown[person_id, platform] = code
            return code

    def find_by_code(self, code: str) -> PayCode | None:
        """Find a pay code, also a used or an expired one."""
        return self._codes.get(code)

    def charge_code(
        self,
        code: str,
        request: ChargeRequest,
        *,
        on_change: OnChange | None = None,
        needs_password: bool = False,
    ) -> Charge:
        """Take the money from the wallet of a pay code, or leave the charge waiting for the password.

        With `needs_password` it always waits. The code is used up also where the balance is too small. `on_change`
        is called when a waiting charge is paid or fails. Raises WalletError.
        """
        with self._lock:
            found = self._codes.get(code)
            if found is None or found.platform != request.platform:
                raise WalletError("unknown_code")
            if found.is_used:
                raise WalletError("used_code")
            if self._clock.now() >= found.expires_at:
                raise WalletError("expired_code")
            found.is_used = True
            charge = self._add(found.person_id, request)
            if needs_password or request.amount_fen > self._get(found.person_id).password_above_fen:
                if on_change is not None:
                    self._listeners[charge.id] = on_change
            else:
                self._take(charge)
            return charge

    def charge(self, person_id: str, request: ChargeRequest) -> Charge:
        """Take the money from a wallet, because its person confirmed the payment on the phone.

        The state is `failed` where the balance is too small.
        """
        with self._lock:
            charge = self._add(person_id, request)
            self._take(charge)
            return charge

    def get_charge(self, charge_id: str) -> Charge:
        """Return a charge. Raises SandboxError with status 404."""
        if charge_id not in self._charges:
            raise SandboxError("no_such_charge", "没有这笔付款", 404)
        return self._charges[charge_id]

    def list_charges(self, *, person_id: str | None = None, state: str | None = None) -> list[Charge]:
        """List the ledger, the oldest charge first."""
        with self._lock:
            return [
                charge
                for charge in self._charges.values()
                if person_id in (None, charge.person_id) and state in (None, charge.state)
            ]

    def enter_password(self, charge_id: str) -> Charge:
        """Pay a waiting charge. Raises SandboxError if it no longer waits."""
        with self._lock:
            charge = self._get_waiting(charge_id)
            self._take(charge)
        return self._report(charge)

    def cancel(self, charge_id: str) -> Charge:
        """Cancel the password prompt of a waiting charge. Raises SandboxError if it no longer waits."""
        with self._lock:
            charge = self._get_waiting(charge_id)
            charge.state, charge.reason = "failed", "cancelled"
        return self._report(charge)

    def close(self, charge_id: str) -> Charge:
        """Close a waiting charge for the merchant, so that its password can no longer be entered."""
        with self._lock:
            charge = self.get_charge(charge_id)
            if charge.state == "waiting":
                charge.state = "closed"
                self._listeners.pop(charge_id, None)
            return charge

    def refund(self, charge_id: str, *, number: str, amount_fen: int) -> WalletRefund:
        """Give back a part of a paid charge. Idempotent by `number`.

        Raises WalletError(refund_too_large) where more would go back than was paid.
        """
        with self._lock:
            charge = self.get_charge(charge_id)
            for refund in charge.refunds:
                if refund.number == number:
                    return refund
            if charge.state != "paid" or charge.refunded_fen + amount_fen > charge.request.amount_fen:
                raise WalletError("refund_too_large")
            refund = WalletRefund(number, amount_fen, self._clock.wall_time())
            charge.refunds.append(refund)
            self._get(charge.person_id).balance_fen += amount_fen
            return refund

    def _get(self, person_id: str) -> Wallet:
        return self._wallets.setdefault(person_id, Wallet())

    def _add(self, person_id: str, request: ChargeRequest) -> Charge:
        charge = Charge(secrets.token_hex(8), person_id, request, self._clock.wall_time())
        self._charges[charge.id] = charge
        return charge

    def _take(self, charge: Charge) -> None:
        wallet = self._get(charge.person_id)
        if wallet.balance_fen < charge.request.amount_fen:
            charge.state, charge.reason = "failed", "no_balance"
            return
        wallet.balance_fen -= charge.request.amount_fen
        charge.state, charge.paid_at = "paid", self._clock.wall_time()

    def _get_waiting(self, charge_id: str) -> Charge:
        charge = self.get_charge(charge_id)
        if charge.state != "waiting":
            raise SandboxError("not_waiting", "这笔付款不在等待密码", 409)
        return charge

    def _report(self, charge: Charge) -> Charge:
        """Call the listener outside the lock, because it pushes a notice over the network."""
        listener = self._listeners.pop(charge.id, None)
        if listener is not None:
            listener(charge)
        return charge
