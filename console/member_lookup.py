"""What the routes of a member share: the member of the path, and a reason."""

from typing import Annotated

from pydantic import StringConstraints

from console.auth import StaffCaller
from store.customers import member_scope, members
from store.customers.members import Member
from web.schemas import OneLine, RequestModel

Line = Annotated[OneLine, StringConstraints(max_length=200)]


class Reason(RequestModel):
    """Why something is done; stored with it."""

    reason: Line


def get_member(caller: StaffCaller, card: str) -> Member:
    """Return the member of a card number or public id, also of a merged one. Raises DomainError(not_found)."""
    member = members.get_by_card(card, include_blocked=True)
    caller.ensure_shop(member_scope.find_shop_id(member), subject="该会员")
    return member
