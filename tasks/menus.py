"""Putting a menu in force on the platform."""

import accounts
from platforms.errors import Refused
from store.activities import menus
from store.company import channels
from store.kernel.events import Event


def publish(event: Event) -> None:
    """Reaction to `menus.publish_asked`: doubt is tried again, a refusal or a newer menu ends it."""
    publication = menus.begin(event.properties["publication_id"], event_id=event.id)
    if publication.state != "asked":
        return
    account = accounts.official(channels.of_id(event.channel_id))
    try:
        account.menu_publish(menus.platform_form(publication.menu, accounts.settings().public_url))
    except Refused as refused:
        menus.settle(publication.id, reason=f"{refused.code} {refused}")
    else:
        menus.settle(publication.id)
