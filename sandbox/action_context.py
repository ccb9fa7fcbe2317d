"""What a user action needs: its context, and the pushes to the account."""

import itertools
import time
from dataclasses import dataclass
from typing import Any

from sandbox import message_xml
from sandbox.accounts import Account
from sandbox.errors import SandboxError
from sandbox.people import Person
from sandbox.pushes import Push
from sandbox.state import SandboxState

# Ids start at the current time. Otherwise they would repeat after a restart.
MESSAGE_IDS = itertools.count(time.time_ns() // 1000)


@dataclass(frozen=True)
class ActionContext:
    """The context of a user action: the person, the account and the parameters."""

    state: SandboxState
    person: Person
    account: Account
    parameters: dict[str, Any]

    @property
    def chat(self) -> dict[str, str]:
        return {"appid": self.account.appid, "person_id": self.person.id}

    @property
    def is_following(self) -> bool:
        return self.state.followers.find(**self.chat) is not None

    def require_follower(self) -> None:
        if not self.is_following:
            raise SandboxError("not_following", "先关注公众号", 409)

    def require_text(self, name: str, default: str | None = None, max_length: int = 1024) -> str:
        value = self.parameters.get(name, default)
        if not isinstance(value, str) or not value.strip() or len(value) > max_length:
            raise SandboxError("bad_action", f"{name} 应是 1 到 {max_length} 个字的文字")
        return value

    def require_degrees(self, name: str, max_degrees: int) -> str:
        value = self.parameters.get(name)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not -max_degrees <= value <= max_degrees
        ):
            raise SandboxError("bad_action", f"{name} 应在 -{max_degrees} 到 {max_degrees} 之间")
        return f"{value:.6f}"


def event_fields(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"MsgType": "event", "Event": name, **fields}


def push_as_follower(
    context: ActionContext, fields: dict[str, Any], *, line_kind: str = "event", cause: str | None = None
) -> dict[str, Any]:
    """Push an action of a follower. With a `cause` the account gets a quota of messages.

    Raises SandboxError if the person does not follow.
    """
    context.require_follower()
    if cause:
        context.state.message_quotas.grant(cause, **context.chat)
    return push_fields(context, fields, line_kind=line_kind)


def push_fields(context: ActionContext, fields: dict[str, Any], *, line_kind: str) -> dict[str, Any]:
    message = {
        "ToUserName": context.account.original_id,
        "FromUserName": context.person.openid_at(context.account),
        "CreateTime": context.state.clock.wall_time(),
        **fields,
    }
    if fields["MsgType"] != "event":
        message["MsgId"] = next(MESSAGE_IDS)
    return deliver(
        context,
        Push(xml=message_xml.write(message)),
        line_kind=line_kind,
        content=fields,
        msg_type=fields["MsgType"],
    )


def deliver(
    context: ActionContext, push: Push, *, line_kind: str, content: dict, msg_type: str
) -> dict[str, Any]:
    context.state.chats.add_line("out", line_kind, content, **context.chat, push=push)
    openid = context.person.openid_at(context.account)
    context.state.pushes.deliver(push, account=context.account, openid=openid, msg_type=msg_type)
    context.state.chats.add_outcome(push, **context.chat)
    return {"appid": context.account.appid, "push": push.to_json(), "open": None}
