"""The pages of bookings: appointments, reservations and the queue of a shop with its screen."""

from typing import Any

from apiflask import APIBlueprint

from h5.error_pages import handle_errors
from h5.pages import render_member_page, render_page
from h5.visitor import Visitor, with_visitor
from store.shops import shops
from web.security_headers import protect

bp = APIBlueprint("h5_bookings", __name__, enable_openapi=False)
protect(bp)
handle_errors(bp)

_STYLE = "bookings"


@bp.get("/m/stores/<public_id>/booking")
@with_visitor
def booking_page(visitor: Visitor, public_id: str) -> str:
    """Render the services of a shop with their days and slots. Visitors look, and sign in to book."""
    shop = shops.get_by_public_id(public_id)
    return render_page(
        visitor,
        "booking",
        title=f"预约 {shop.name}",
        description=shop.address,
        shop=shop.public_id,
        style=_STYLE,
    )


@bp.get("/m/appointments")
@with_visitor
def appointments_page(visitor: Visitor) -> Any:
    """Render the appointments of the member."""
    return render_member_page(visitor, "appointments", title="我的预约", style=_STYLE)


@bp.get("/m/reservations")
@with_visitor
def reservations_page(visitor: Visitor) -> Any:
    """Render the reservations of the member, and the form of a new one."""
    return render_member_page(visitor, "reservations", title="我的预定", style=_STYLE)


@bp.get("/m/stores/<public_id>/queue")
@with_visitor
def queue_page(visitor: Visitor, public_id: str) -> Any:
    """Render the queue of a shop, in which the member takes a number. The printed code leads here."""
    shop = shops.get_by_public_id(public_id)
    return render_member_page(
        visitor, "queue", title=f"排队 {shop.name}", path=f"stores/{shop.public_id}/queue", style=_STYLE,
        shop=shop.public_id,
    )  # fmt: skip


@bp.get("/m/queue-tickets")
@with_visitor
def queue_tickets_page(visitor: Visitor) -> Any:
    """Render the tickets of the member of today, with their positions."""
    return render_member_page(visitor, "queue-tickets", title="我的排队", style=_STYLE)


@bp.get("/m/stores/<public_id>/queue-screen")
@with_visitor
def queue_screen_page(visitor: Visitor, public_id: str) -> str:
    """Render the screen of a shop, which shows what is called by itself."""
    shop = shops.get_by_public_id(public_id)
    return render_page(
        visitor,
        "queue-screen",
        title=f"{shop.name} 叫号",
        description=shop.name,
        shop=shop.public_id,
        style=_STYLE,
    )
