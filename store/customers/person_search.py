"""The search for a person by staff (按卡号或手机查找): the customer whose whole card number or phone is given."""

from store.core.errors import DomainError
from store.customers import identities, members, phones
from store.customers.customers import Customer


def find_customer(text: str) -> Customer | None:
    """Return the customer of a card number, public id or phone, or None. Encrypted phones are found as a whole."""
    try:
        found: Customer = members.get_by_card(text, include_blocked=True).customer
    except DomainError:
        phone = phones.find_normalized(text)
        return identities.find_by_phone(phone) if phone else None
    return found
