"""People who use the phone page. Their phone numbers and e-mail addresses are only in memory."""

import re
import threading
from dataclasses import dataclass, replace

from sandbox import openids
from sandbox.accounts import Account
from sandbox.errors import SandboxError

BUILT_IN_PEOPLE = {"xiaomei": "小美", "laowang": "老王", "aqiang": "阿强", "lili": "丽丽"}
PHONE_PATTERN = re.compile(r"1[3-9]\d{9}")
FOREIGN_PHONE_PATTERN = re.compile(r"(?!86)[2-9]\d{7,14}")  # country code and number
EMAIL_PATTERN = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
MAX_EMAIL_LENGTH = 254


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    phone: str
    email: str
    snapshot: bool = False

    def openid_at(self, account: Account) -> str:
        if account.kind == "alipay":
            return openids.derive_alipay_user_id(person_id=self.id)
        return openids.derive_openid(person_id=self.id, appid=account.appid)

    def unionid_at(self, account: Account) -> str | None:
        return openids.derive_unionid(person_id=self.id, open_group=account.open_group)

    def page_identity(self) -> "Person":
        """Return the person that pages see. In snapshot mode it is a virtual person with other ids."""
        return replace(self, id=f"{self.id}/snapshot") if self.snapshot else self


class People:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[str, Person] = {}
        self.reset()

    def list_all(self) -> list[Person]:
        return list(self._by_id.values())

    def get(self, person_id: str) -> Person:
        if person_id not in self._by_id:
            raise SandboxError("no_such_person", "沙箱里没有这个人", 404)
        return self._by_id[person_id]

    def find_by_openid(self, *, openid: str, account: Account) -> Person | None:
        """Return the person with this openid at the account, or None."""
        return next((person for person in self.list_all() if person.openid_at(account) == openid), None)

    def add(self, *, name: str, phone: str | None = None, email: object = None) -> Person:
        name = name.strip()
        if not 1 <= len(name) <= 20:
            raise SandboxError("bad_name", "名字要 1 到 20 个字")
        with self._lock:
            person_id = f"p{len(self._by_id) + 1}"
            phone = phone or openids.derive_phone(person_id=person_id)
            ensure_valid_phone(phone)
            if any(person.phone == phone for person in self.list_all()):
                raise SandboxError("phone_taken", "这个手机号已经有人用了", 409)
            address = _derive_email(person_id) if email is None else _require_email(email)
            self._by_id[person_id] = Person(id=person_id, name=name, phone=phone, email=address)
        return self._by_id[person_id]

    def set_email(self, person_id: str, *, email: object) -> Person:
        """Change the e-mail address of a person. "" takes it away. Raises SandboxError."""
        self._by_id[person_id] = replace(self.get(person_id), email=_require_email(email))
        return self._by_id[person_id]

    def set_snapshot(self, person_id: str, *, snapshot: bool) -> Person:
        self._by_id[person_id] = replace(self.get(person_id), snapshot=snapshot)
        return self._by_id[person_id]

    def reset(self) -> None:
        self._by_id = {
            person_id: Person(
                id=person_id,
                name=name,
                phone=openids.derive_phone(person_id=person_id),
                email=_derive_email(person_id),
            )
            for person_id, name in BUILT_IN_PEOPLE.items()
        }


def ensure_valid_phone(phone: object) -> None:
    """Raise SandboxError for what is neither a mainland mobile nor a foreign number with its country code."""
    patterns = (PHONE_PATTERN, FOREIGN_PHONE_PATTERN)
    if not isinstance(phone, str) or not any(pattern.fullmatch(phone) for pattern in patterns):
        raise SandboxError("bad_phone", "手机号不对")


def _derive_email(person_id: str) -> str:
    return f"{person_id}@example.com"


def _require_email(email: object) -> str:
    text = email.strip().lower() if isinstance(email, str) else "?"
    if text and (len(text) > MAX_EMAIL_LENGTH or not EMAIL_PATTERN.fullmatch(text)):
        raise SandboxError("bad_email", "邮箱地址不对")
    return text
