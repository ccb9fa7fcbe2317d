"""The pages of lucky draws: an activity, also by the link of a friend who shared it, and what the visitor has won."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, make_response, redirect, request, url_for

from h5.error_pages import handle_errors
from h5.pages import can_sign_in, render_page
from h5.visitor import Visitor, with_visitor
from store.activities import activities
from web import devices
from web.security_headers import protect

bp = APIBlueprint("h5_activities", __name__, enable_openapi=False)
protect(bp)
handle_errors(bp)


@bp.get("/m/activities/<activity_id>")
@with_visitor
def activity_page(visitor: Visitor, activity_id: str) -> Any:
    """Render an activity. A shared link to it shows its share title."""
    return _render(visitor, activity_id, path=f"/m/activities/{activity_id}")


@bp.get("/m/activities/<activity_id>/<share_code>")
@with_visitor
def shared_activity_page(visitor: Visitor, activity_id: str, share_code: str) -> Any:
    """Render an activity for a friend of its sharer. The script records the visit."""
    return _render(visitor, activity_id, path=f"/m/activities/{activity_id}/{share_code}")


@bp.get("/m/prizes")
@with_visitor
def prizes_page(visitor: Visitor) -> Any:
    """Render what the visitor has won."""
    if _needs_sign_in(visitor):
        return redirect(url_for("h5_oauth.start_login", a=visitor.channel.key, to="/m/prizes"))
    return render_page(
        visitor, "prizes", title="我的奖品", description=visitor.channel.name, style="activity"
    )


def _render(visitor: Visitor, activity_id: str, *, path: str) -> Response:
    activity = activities.get_published(activity_id)
    if _needs_sign_in(visitor):
        return make_response(redirect(url_for("h5_oauth.start_login", a=visitor.channel.key, to=path)))
    content = activity.content
    page = render_page(
        visitor, "activity", title=content.share_title or content.name, description=visitor.channel.name
    )
    return devices.remember_device(make_response(page))


def _needs_sign_in(visitor: Visitor) -> bool:
    return visitor.session is None and "stay" not in request.args and can_sign_in(visitor.channel)
