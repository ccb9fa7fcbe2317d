"""People: those who hold the phones. Numbers live in memory only."""

import re
import threading
from dataclasses import dataclass, replace

from sandbox import identity
from sandbox.accounts import Account
from sandbox.errors import Refused

BUILT_IN = {"xiaomei": "小美", "laowang": "老王", "aqiang": "阿强", "lili": "丽丽"}
PHONE = re.compile(r"1[3-9]\d{9}")
ABROAD = re.compile(r"(?!86)[2-9]\d{7,14}")  # country code and number, as carriers write it


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    phone: str
    snapshot: bool = False

    def openid_at(self, account: Account) -> str:
        return identity.openid(person_id=self.id, appid=account.appid)

    def unionid_at(self, account: Account) -> str | None:
        return identity.unionid(person_id=self.id, open_group=account.open_group)

    def as_seen_by_pages(self) -> "Person":
        """In snapshot mode a page meets a virtual person with identities of its own."""
        return replace(self, id=f"{self.id}/snapshot") if self.snapshot else self


class People:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[str, Person] = {}
        self.reset()

    def all(self) -> list[Person]:
        return list(self._by_id.values())

    def find(self, person_id: str) -> Person:
        if person_id not in self._by_id:
            raise Refused("no_such_person", "沙箱里没有这个人", 404)
        return self._by_id[person_id]

    def behind(self, *, openid: str, account: Account) -> Person | None:
        """The person with this openid at this account."""
        return next((each for each in self.all() if each.openid_at(account) == openid), None)

    def add(self, *, name: str, phone: str | None = None) -> Person:
        name = name.strip()
        if not 1 <= len(name) <= 20:
            raise Refused("bad_name", "名字要 1 到 20 个字")
        with self._lock:
            person_id = f"p{len(self._by_id) + 1}"
            phone = phone or identity.phone(person_id=person_id)
            refuse_bad_phone(phone)
            if any(each.phone == phone for each in self.all()):
                raise Refused("phone_taken", "这个手机号已经有人用了", 409)
            self._by_id[person_id] = Person(id=person_id, name=name, phone=phone)
        return self._by_id[person_id]

    def set_snapshot(self, person_id: str, *, snapshot: bool) -> Person:
        self._by_id[person_id] = replace(self.find(person_id), snapshot=snapshot)
        return self._by_id[person_id]

    def reset(self) -> None:
        self._by_id = {
            person_id: Person(id=person_id, name=name, phone=identity.phone(person_id=person_id))
            for person_id, name in BUILT_IN.items()
        }


def refuse_bad_phone(phone: object) -> None:
    if not isinstance(phone, str) or not PHONE.fullmatch(phone):
        raise Refused("bad_phone", "手机号不对")
