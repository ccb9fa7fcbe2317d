"""The search for a member at a till: by phone, card number or member code."""

from store.core import numbers
from store.core.errors import invalid
from store.customers import identities, member_codes, members, phones
from store.customers.members import Member
from store.member_cards import holders as card_holders
from store.physical_cards import cards

_KEY = "member-search"  # the same terminal may ask again while the code is valid, if an answer was lost


def find_member(text: str, *, till: str) -> Member | None:
    """Return the member of a phone, card number, member code or card of a card pack, or None.

    A member code is used up. Raises DomainError(member_code_ended), DomainError(card_state) for a card that was
    deleted or given away, and DomainError(invalid) for a text of another form.
    """
    number = numbers.normalize(text)
    member = card_holders.find_usable(number)
    if member is not None:
        return member if _is_shown(member) else None
    if numbers.find_kind(number) == "member_code":
        return member_codes.identify(code=number, till=till, key=_KEY)
    if members.is_card_number(number) or cards.find_by_number(number) is not None:
        return _find_by_card(number)
    phone = phones.find_normalized(text)
    if phone is None:
        raise invalid("q", "请输入手机号、会员卡号或会员码")
    customer = identities.find_by_phone(phone)
    member = members.find_active(customer) if customer else None
    return member if member and _is_shown(member) else None


def _find_by_card(number: str) -> Member | None:
    """Raises DomainError(card_lost, card_not_received) for the number of a plastic card that does not count."""
    member = members.find_by_number(number)
    return member if member is not None and _is_shown(member) else None


def _is_shown(member: Member) -> bool:
    """Return whether a person is a member now: neither a follower nor one whose membership has ended."""
    return member.joined_at is not None and not member.is_closed
