"""The house's door with the guards of a check-in taken off: it looks first, and writes without looking again."""

import time

import app as guarded
from store.activities import answers, conversation
from store.kernel import clock, db
from store.loyalty.check_ins import CheckIn
from store.people import fans, members

app = guarded.app


def hear(channel, message, change):  # type: ignore[no-untyped-def]
    """Without the book of what was heard."""
    return change(channel, message)


def check_in(channel, message):  # type: ignore[no-untyped-def]
    """Without lock, second look or key."""
    member = members.of_customer(fans.known(channel=channel, openid=message.sender, source="wechat_official"))
    day = clock.today()
    if CheckIn.find(member=member.id, day=day) is not None:
        return [answers.Text(text="今天已经签到过了")]
    time.sleep(0.5)  # what a busy machine puts between look and write
    return _written(member, day)


@db.verb
def _written(member, day):  # type: ignore[no-untyped-def]
    CheckIn.create(member=member, day=day, streak=1, points=0, source="wechat_official")
    return [answers.Text(text="签到成功！")]


conversation._hear_once = hear
conversation._ACTIONS["check_in"] = check_in
