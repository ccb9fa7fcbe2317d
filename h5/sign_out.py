"""Signing out (退出登录): the browser's session ends, also on our side."""

from typing import Any

from apiflask import APIBlueprint
from flask import redirect, url_for

from h5.headers import protect
from h5.notices import shield
from h5.visitor import Visitor, visited
from miniprogram_api.caller import COOKIE
from store.people import sessions

door = APIBlueprint("h5_sign_out", __name__, enable_openapi=False)
protect(door)
shield(door)


@door.post("/m/sign-out")
@visited
def sign_out(visitor: Visitor) -> Any:
    """End the session; the cookie is SameSite=Lax, so no other site can send anybody here signed in."""
    if visitor.session is not None:
        sessions.close(visitor.session)
    answer = redirect(url_for("h5.me", a=visitor.channel.key, stay="out"), 303)
    answer.delete_cookie(COOKIE)
    return answer
