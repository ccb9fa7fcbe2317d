"""Signing out (退出登录): the browser's session ends, also on our side."""

from typing import Any

from apiflask import APIBlueprint
from flask import redirect, url_for

from h5.error_pages import handle_errors
from h5.visitor import Visitor, with_visitor
from store.customers import sessions
from web.auth import SESSION_COOKIE
from web.security_headers import protect

bp = APIBlueprint("h5_sign_out", __name__, enable_openapi=False)
protect(bp)
handle_errors(bp)


@bp.post("/m/sign-out")
@with_visitor
def sign_out_visitor(visitor: Visitor) -> Any:
    """End the session. The cookie is SameSite=Lax, so no other site can sign a visitor out."""
    if visitor.session is not None:
        sessions.close(visitor.session)
    answer = redirect(url_for("h5.me_page", a=visitor.channel.key, stay="out"), 303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer
