"""The application's route without the guards of a check-in: it checks first, and writes without another check."""

import time

import app as guarded
from store.check_ins.check_ins import CheckIn
from store.core import clock
from store.core.database import db
from store.customers import followers, members
from store.official_accounts import chat_actions, conversation, message_content

server = guarded.server


def process_without_check(channel, message, change):  # type: ignore[no-untyped-def]
    """Without the book of what was heard."""
    return change(channel, message)


def check_in_without_lock(channel, message):  # type: ignore[no-untyped-def]
    """Without lock, second look or key."""
    member = members.get_or_create(
        followers.get_or_create_customer(channel=channel, openid=message.sender, source="wechat_official")
    )
    day = clock.today()
    if CheckIn.find(member=member.id, day=day) is not None:
        return [message_content.Text(text="今天已经签到过了")]
    time.sleep(0.5)  # what a busy machine puts between look and write
    return _insert_check_in(member, day)


@db.transactional
def _insert_check_in(member, day):  # type: ignore[no-untyped-def]
    CheckIn.create(member=member, day=day, streak=1, points=0, source="wechat_official")
    return [message_content.Text(text="签到成功！")]


conversation._process_once = process_without_check
chat_actions.ACTIONS["check_in"] = check_in_without_lock
