"""Members with cards in both packs, as if the platforms had confirmed them."""

from collections.abc import Iterator

import pytest

from store.core import actors
from store.customers.members import Member
from store.member_cards import pushing
from store.member_cards.pack_cards import PackCard
from store.membership import registration
from tests.support.card_fixtures import give_openid, make_live_template, receive

PHONE = "13800138000"


@pytest.fixture
def member(acme: str) -> Member:
    """A member whose openid of the official account is `mei`."""
    found = registration.register_at_desk(phone=PHONE)
    give_openid(found, "mei")
    return found


@pytest.fixture
def as_staff() -> Iterator[None]:
    """The test acts as a member of staff."""
    with actors.acting_as(actors.Actor(kind="staff", name="小李")):
        yield


@pytest.fixture
def card(member: Member) -> PackCard:
    """The member's card in WeChat's pack, pushed."""
    make_live_template(activations=("auto",), can_gift=True)
    receive("mei", "code1")
    push_all()
    return read("code1")


def push_all(platform: str = "wechat") -> list[pushing.PushRequest]:
    """Confirm everything that is due, as a platform that always answers."""
    requests = [request for claimed in pushing.claim(platform) if (request := pushing.prepare(claimed))]
    for request in requests:
        pushing.finish(request)
    return requests


def read(code: str) -> PackCard:
    return PackCard.get(code=code)
