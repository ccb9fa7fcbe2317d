"""The platform routes of followers."""

from typing import Any

from flask import Blueprint, request

from sandbox.errors import WeChatError
from sandbox.routes.request_context import require_official_account, sandbox_state

followers = Blueprint("followers", __name__)
PAGE_SIZE = 10_000


@followers.get("/cgi-bin/user/info")
def get_user_info() -> dict[str, Any]:
    account = require_official_account()
    if not request.args.get("openid"):
        raise WeChatError(41009)
    person = sandbox_state().people.find_by_openid(openid=request.args["openid"], account=account)
    if person is None:
        raise WeChatError(40003)
    unionid = person.unionid_at(account)
    identity = {"openid": request.args["openid"], **({"unionid": unionid} if unionid else {})}
    follow = sandbox_state().followers.find(appid=account.appid, person_id=person.id)
    if follow is None:
        return {"subscribe": 0, **identity}
    return {
        "subscribe": 1,
        **identity,
        "language": "zh_CN",
        "subscribe_time": follow.followed_at,
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": "ADD_SCENE_QR_CODE" if follow.scene else "ADD_SCENE_SEARCH",
        "qr_scene": int(follow.scene) if follow.scene.isdecimal() else 0,
        "qr_scene_str": "" if follow.scene.isdecimal() else follow.scene,
    }


@followers.get("/cgi-bin/user/get")
def list_followers() -> dict[str, Any]:
    account = require_official_account()
    openids_by_id = {person.id: person.openid_at(account) for person in sandbox_state().people.list_all()}
    openids = [
        openids_by_id[person_id]
        for person_id in sandbox_state().followers.list_person_ids(account.appid)
        if person_id in openids_by_id
    ]
    after = request.args.get("next_openid")
    if after and after not in openids:
        raise WeChatError(40003)
    page = openids[openids.index(after) + 1 if after else 0 :][:PAGE_SIZE]
    response: dict[str, Any] = {
        "total": len(openids),
        "count": len(page),
        "next_openid": page[-1] if page else "",
    }
    return {**response, "data": {"openid": page}} if page else response
