"""Announcements (服务通知): what an event tells a customer, through the accounts that the customer follows."""

from store.core.events import Event
from store.customers import customers, followers, identities
from store.customers.customers import Customer
from store.official_accounts import conversation
from store.official_accounts.message_content import Article, Text
from store.tenants.channels import Channel


def queue_for_event(event: Event, text: str) -> None:
    """Queue a customer-service message, which the platform accepts for 48 hours after the last message.

    Idempotent by the event.
    """
    customer = customers.survivor(Customer.get_by_id(event.customer_id))
    queue_for_customer(customer, text, number=f"announcement:{event.id}")


def queue_for_customer(customer: Customer, text: str, *, number: str) -> None:
    """Queue a customer-service message to each account that the customer follows. Idempotent by `number`."""
    for channel, openid in _list_ways(customer):
        conversation.queue_messages(channel, openid=openid, messages=[Text(text=text)], number=number)


def queue_article(customer: Customer, *, title: str, description: str, path: str, number: str) -> None:
    """Queue a card that opens one of our pages to each account that the customer follows. Idempotent by `number`."""
    for channel, openid in _list_ways(customer):
        card = Article(title=title, description=description, url=f"{path}?a={channel.key}")
        conversation.queue_messages(channel, openid=openid, messages=[card], number=number)


def _list_ways(customer: Customer) -> list[tuple[Channel, str]]:
    """Return the accounts that a customer follows, with the openid in each."""
    found = [
        (row, identities.find_openid(customer, row.appid))
        for row in followers.list_followed_channels(customer)
    ]
    return [(channel, openid) for channel, openid in found if openid]
