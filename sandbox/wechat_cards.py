"""WeChat's member cards: templates of accounts, codes, activation, and the events of what people do with them."""

import hashlib
import itertools
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sandbox.accounts import Account, Accounts
from sandbox.clock import Clock
from sandbox.errors import SandboxError, WeChatError
from sandbox.held_cards import HeldCard, HeldCards
from sandbox.message_events import MessageEvents
from sandbox.people import People, Person

_COLOUR_NUMBERS = "010 020 030 040 050 060 070 080 081 082 090 100 101 102"
COLOURS = {f"Color{number}" for number in _COLOUR_NUMBERS.split()}
ACTIVATIONS = ("auto_activate", "wx_activate", "activate_url")
TICKET_LIFETIME_S = 7200
CARD_EXT_LIFETIME_S = 3600
MAX_TITLE, MAX_BRAND, MAX_NOTICE = 9, 12, 16
NO_CODE, WRONG_STATE, WRONG_CARD, WRONG_FIELD = 40116, 40127, 41012, 47001


@dataclass
class CardType:
    """A member card that an account has created."""

    appid: str
    card_id: str
    body: dict[str, Any]
    status: str = "CARD_STATUS_NOT_VERIFY"
    has_form: bool = False
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def base(self) -> dict[str, Any]:
        return self.body["base_info"]


class WeChatCards:
    def __init__(
        self, *, clock: Clock, accounts: Accounts, people: People, events: MessageEvents, held: HeldCards
    ) -> None:
        self._clock, self._accounts, self._people, self._events = clock, accounts, people, events
        self.held = held
        self._numbers = itertools.count(secrets.randbelow(10**9))
        self.reviews_at_once = True
        self.reset()

    def reset(self) -> None:
        """Delete all cards. The tickets stay valid."""
        self._types: dict[str, CardType] = {}
        self._tickets: dict[tuple[str, str], str] = {}
        self._forms: dict[str, str] = {}

    def ticket(self, account: Account, kind: str) -> str:
        """Return the ticket of an account: `wx_card` signs cards, `jsapi` pages."""
        if kind not in ("wx_card", "jsapi"):
            raise WeChatError(40035)
        return self._tickets.setdefault((account.appid, kind), secrets.token_hex(40))

    def create(self, account: Account, card: dict[str, Any]) -> CardType:
        """Create a card, which is then reviewed. Raises WeChatError."""
        body = card.get("member_card")
        if card.get("card_type") != "MEMBER_CARD" or not isinstance(body, dict):
            raise WeChatError(WRONG_FIELD)
        _check_body(body)
        row = CardType(account.appid, f"p{secrets.token_urlsafe(20)}", body)
        self._types[row.card_id] = row
        if self.reviews_at_once:
            self.review(row.card_id, passed=True)
        return row

    def review(self, card_id: str, *, passed: bool, reason: str = "") -> None:
        """Decide about a card, and report it to the account."""
        row = self._types[card_id]
        row.status = "CARD_STATUS_VERIFY_OK" if passed else "CARD_STATUS_VERIFY_FAIL"
        account, person = self._accounts.get(row.appid), self._people.list_all()[0]
        name = "card_pass_check" if passed else "card_not_pass_check"
        self._events.send_later(
            name, {"CardId": card_id, "RefuseReason": reason}, account=account, person=person
        )

    def get_type(self, account: Account, card_id: Any) -> CardType:
        """Return a card of an account. Raises WeChatError."""
        row = self._types.get(str(card_id))
        if row is None or row.appid != account.appid:
            raise WeChatError(WRONG_CARD)
        return row

    def list_types(self, account: Account) -> list[CardType]:
        """List the cards of an account."""
        return [row for row in self._types.values() if row.appid == account.appid]

    def get_held(self, account: Account, card_id: Any, code: Any) -> HeldCard:
        """Return a card of a person. Raises WeChatError for an unknown code."""
        row = self.get_type(account, card_id)
        found = self.held.find("wechat", str(code))
        if found is None or found.card_id != row.card_id:
            raise WeChatError(NO_CODE)
        return found

    def get_usable(self, account: Account, card_id: Any, code: Any) -> HeldCard:
        """Return a card that is in a person's pack. Raises WeChatError for one that is gone."""
        found = self.get_held(account, card_id, code)
        if found.state != "NORMAL":
            raise WeChatError(WRONG_STATE)
        return found

    def add(self, person_id: str, *, card_id: str, card_ext: str) -> HeldCard:
        """Add a card to the pack of a person, as `wx.addCard` does. Raises SandboxError for a wrong signature."""
        row, person = self._types.get(card_id), self._people.get(person_id)
        if row is None or row.status != "CARD_STATUS_VERIFY_OK":
            raise SandboxError("no_such_card", "会员卡不存在或没有通过审核", 404)
        account = self._accounts.get(row.appid)
        given = self._check_signature(account, card_id, card_ext, person)
        with self.held.lock:
            earlier = self.held.find_of("wechat", card_id, person.id)
            if earlier is not None:
                return self._restore(earlier, account, person)
            card = self._hold(row, person, reference=str(given.get("outer_str", "")))
        self._report_arrival(card, account, person)
        return card

    def activate_form(self, card: HeldCard) -> str:
        """Fill in the form of a card as its person. Returns the address that opens next, "" for none."""
        row, person = self._types[card.card_id], self._people.get(card.person_id)
        account = self._accounts.get(row.appid)
        if card.is_active:
            raise SandboxError("is_active", "会员卡已经激活", 409)
        if row.body.get("wx_activate_after_submit"):
            ticket, encrypted = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
            self._forms[ticket], self._forms[encrypted] = person.phone, card.code
            url = row.body["wx_activate_after_submit_url"]
            openid = person.openid_at(account)
            query = {
                "card_id": card.card_id,
                "encrypt_code": encrypted,
                "openid": openid,
                "activate_ticket": ticket,
            }
            return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
        if not row.body.get("wx_activate") or not row.has_form:
            raise SandboxError("no_form", "这张卡没有激活表单", 409)
        card.is_active, card.phone, card.number = True, person.phone, card.code
        self._events.send_later(
            "submit_membercard_user_info", {"CardId": card.card_id, "UserCardCode": card.code},
            account=account, person=person,
        )  # fmt: skip
        return ""

    def find_form(self, text: Any) -> str:
        """Return the phone of a ticket or the code of an encrypted one. Raises WeChatError."""
        if str(text) not in self._forms:
            raise WeChatError(NO_CODE)
        return self._forms[str(text)]

    def report(self, name: str, card: HeldCard, **fields: Any) -> None:
        """Report what a person did with a card to its account."""
        row = self._types[card.card_id]
        self._events.send_later(
            name, {"CardId": card.card_id, "UserCardCode": card.code, **fields},
            account=self._accounts.get(row.appid), person=self._people.get(card.person_id),
        )  # fmt: skip

    def accept_gift(self, person_id: str, card: HeldCard) -> HeldCard:
        """Take a card that a friend passes on: it gets a new code, and the old one ends."""
        row, person = self._types[card.card_id], self._people.get(person_id)
        account, giver = self._accounts.get(row.appid), self._people.get(card.person_id)
        with self.held.lock:
            card.state = "GIFT_SUCC"
            mine = self._hold(row, person, reference="")
            mine.given_by = card.code
        self._report_arrival(
            mine,
            account,
            person,
            IsGiveByFriend=1,
            FriendUserName=giver.openid_at(account),
            OldUserCardCode=card.code,
        )
        return mine

    def return_gift(self, card: HeldCard) -> None:
        """Give a card back to the friend who passed it on, before or after it was taken."""
        with self.held.lock:
            for other in self.held.list_all():
                if other.platform == "wechat" and other.given_by == card.code:
                    other.state = "UNAVAILABLE"
            card.state, card.given_to = "NORMAL", ""
        self.report("user_gifting_card", card, IsReturnBack=1, FriendUserName="", IsChatRoom=0)

    def find_type(self, card_id: str) -> CardType | None:
        """Return a card of any account, or None."""
        return self._types.get(card_id)

    def _hold(self, row: CardType, person: Person, *, reference: str) -> HeldCard:
        return self.held.add(
            HeldCard(
                platform="wechat", person_id=person.id, app_id=row.appid, card_id=row.card_id,
                code=f"{200_000_000_000 + next(self._numbers)}", title=row.base["title"],
                brand=row.base["brand_name"], colour=row.base["color"], reference=reference,
                is_active=bool(row.body.get("auto_activate")),
            )
        )  # fmt: skip

    def _restore(self, card: HeldCard, account: Account, person: Person) -> HeldCard:
        if card.state == "DELETE":
            card.state = "NORMAL"
            self._report_arrival(card, account, person, IsRestoreMemberCard=1)
        return card

    def _report_arrival(self, card: HeldCard, account: Account, person: Person, **more: Any) -> None:
        fields = {
            "CardId": card.card_id, "IsGiveByFriend": 0, "UserCardCode": card.code, "OuterStr": card.reference,
            "IsRestoreMemberCard": 0, "UnionId": person.unionid_at(account) or "", **more,
        }  # fmt: skip
        self._events.send_later("user_get_card", fields, account=account, person=person)

    def _check_signature(
        self, account: Account, card_id: str, card_ext: str, person: Person
    ) -> dict[str, Any]:
        try:
            given = json.loads(card_ext)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise SandboxError("bad_card_ext", "cardExt 不是 JSON 对象")
        names = ("timestamp", "nonce_str", "code", "openid")
        values = [self.ticket(account, "wx_card"), card_id, *(str(given.get(name, "")) for name in names)]
        expected = hashlib.sha1("".join(sorted(values)).encode()).hexdigest()  # noqa: S324
        if given.get("signature") != expected:
            raise SandboxError("bad_signature", "签名错误", 403)
        if abs(self._clock.wall_time() - int(given.get("timestamp") or 0)) > CARD_EXT_LIFETIME_S:
            raise SandboxError("bad_signature", "签名已过期", 403)
        if given.get("openid") and given["openid"] != person.openid_at(account):
            raise SandboxError("wrong_person", "这张卡是发给其他人的", 403)
        return given


def _check_body(body: dict[str, Any]) -> None:
    base = body.get("base_info")
    if not isinstance(base, dict):
        raise WeChatError(WRONG_FIELD)
    texts = {"title": MAX_TITLE, "brand_name": MAX_BRAND, "notice": MAX_NOTICE}
    if any(not 1 <= len(str(base.get(name, ""))) <= longest for name, longest in texts.items()):
        raise WeChatError(45021)
    required = (base.get("logo_url"), base.get("description"), base.get("date_info"), body.get("prerogative"))
    if not all(required) or base.get("color") not in COLOURS:
        raise WeChatError(WRONG_FIELD)
    if sum(bool(body.get(name)) for name in ACTIVATIONS) != 1:
        raise WeChatError(WRONG_FIELD)
