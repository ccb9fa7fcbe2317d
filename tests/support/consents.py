"""Consents of the people in tests."""

from store.customers import consents
from store.customers.customers import Customer
from store.tenants import agreements


def accept_all(customer: Customer, channel: str = "h5") -> None:
    """Accept the current versions of all agreements."""
    consents.accept(customer, versions=agreements.current_versions(), channel=channel)
