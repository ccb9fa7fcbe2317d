"""Publish menus on the platform."""

import config
import platform_clients
from platforms.errors import PlatformRejectedError
from store.core.events import Event
from store.official_accounts import menus
from store.tenants import channels


def publish(event: Event) -> None:
    """Publish a menu: retry an unknown outcome, end on a rejection or a newer menu.

    A menu without buttons is deleted.
    """
    publication = menus.start_publication(event.properties["publication_id"], event_id=event.id)
    if publication.state != "requested":
        return
    account = platform_clients.chat_client(channels.get_by_id(event.channel_id))
    try:
        if publication.menu["button"]:
            account.create_menu(menus.to_wechat_json(publication.menu, config.current().public_url))
        else:
            account.delete_menu()
    except PlatformRejectedError as refused:
        menus.finish_publication(publication.id, reason=f"{refused.code} {refused}")
    else:
        menus.finish_publication(publication.id)
