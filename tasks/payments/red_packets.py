"""Follow up red packets and transfers on their platform: a subscriber that calls the platform about one row."""

import red_packet_calls
from store.core.events import Event
from store.red_packets import red_packets, sending


def follow(event: Event) -> None:
    """Send a red packet that is due, ask about it or cancel it, as it needs by now."""
    packet = red_packets.get(event.properties["number"])
    if sending.is_current(packet, event.properties["lease"]):
        red_packet_calls.follow(packet)
