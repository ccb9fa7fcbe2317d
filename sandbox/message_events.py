"""Events about template and subscribe messages, pushed in the background after the call was answered."""

import threading
from typing import Any

from sandbox import message_xml
from sandbox.accounts import Account
from sandbox.chats import Chats
from sandbox.clock import Clock
from sandbox.people import Person
from sandbox.pushes import Push, Pushes

DELAY_S = 0.1  # so that the caller nearly always has the answer before the event


class MessageEvents:
    def __init__(self, *, clock: Clock, chats: Chats, pushes: Pushes) -> None:
        self._clock = clock
        self._chats = chats
        self._pushes = pushes
        self._threads: list[threading.Thread] = []
        self.delay_s = DELAY_S

    def send_later(self, name: str, fields: dict[str, Any], *, account: Account, person: Person) -> None:
        """Push an event in the background, or none if the account has no callback."""
        if account.callback is None:
            return
        timer = threading.Timer(
            self.delay_s, self.send, args=[name, fields], kwargs={"account": account, "person": person}
        )
        timer.daemon = True
        self._threads = [thread for thread in self._threads if thread.is_alive()] + [timer]
        timer.start()

    def send(self, name: str, fields: dict[str, Any], *, account: Account, person: Person) -> Push | None:
        """Push an event and return the push, or None if the account has no callback."""
        if account.callback is None:
            return None
        openid, content = person.openid_at(account), {"MsgType": "event", "Event": name, **fields}
        head = {
            "ToUserName": account.original_id,
            "FromUserName": openid,
            "CreateTime": self._clock.wall_time(),
        }
        push, chat = (
            Push(xml=message_xml.write({**head, **content})),
            {"appid": account.appid, "person_id": person.id},
        )
        self._chats.add_line("out", "event", content, **chat, push=push)
        self._pushes.deliver(push, account=account, openid=openid, msg_type="event")
        self._chats.bump_version(**chat)
        return push

    def wait(self) -> None:
        """Wait until all events are delivered, for tests."""
        for thread in list(self._threads):
            thread.join()
