"""The pages: shops nearby, a shop, coupons, a gift, and what is mine. Their content comes from the JSON doors."""

from typing import Any

from apiflask import APIBlueprint
from flask import abort, current_app, redirect, render_template, request, url_for

from h5.headers import protect
from h5.notices import shield
from h5.visitor import Visitor, visited
from store.shop import shops

door = APIBlueprint("h5", __name__, enable_openapi=False)
protect(door)
shield(door)


@door.get("/m/")
def home() -> Any:
    """The mall begins with the shops around."""
    return redirect(url_for("h5.nearby", a=request.args.get("a")))


@door.get("/m/nearby")
@visited
def nearby(visitor: Visitor) -> str:
    """Shops around a place; the place stands behind `#`, so that it reaches no log of ours."""
    return _page(visitor, "nearby", title="附近门店", description=f"{visitor.channel.name}的附近门店")


@door.get("/m/stores/<public_id>")
@visited
def store(visitor: Visitor, public_id: str) -> str:
    """One shop; a link to it that is passed on shows its name and address."""
    shop = shops.of_public_id(public_id)
    return _page(visitor, "store", title=shop.name, description=shop.address, shop=shop.public_id)


@door.get("/m/me")
@visited
def me(visitor: Visitor) -> Any:
    """Card, points, check-ins."""
    return _mine(visitor, "me", title="我的会员卡")


@door.get("/m/coupons")
@visited
def coupons(visitor: Visitor) -> Any:
    """My coupons and what can be claimed; the view stands behind `#`, so that going back works."""
    return _mine(visitor, "coupons", title="优惠券")


@door.get("/m/gifts")
@visited
def gifts(visitor: Visitor) -> str:
    """A coupon that a friend gives. Nobody is sent away: WeChat's sign-in would lose the secret behind `#`."""
    return _page(visitor, "gifts", title="好友送您一张优惠券", description=visitor.channel.name)


@door.get("/m/tier")
@visited
def tier(visitor: Visitor) -> Any:
    """Where I stand, what is missing to the next tier, and how it came about."""
    return _mine(visitor, "tier", title="我的等级")


@door.get("/m/points")
@visited
def points(visitor: Visitor) -> Any:
    """My point accounts, what ends soon, and every entry."""
    return _mine(visitor, "points", title="我的积分")


@door.get("/m/wallet")
@visited
def wallet(visitor: Visitor) -> Any:
    """My stored value: balance, code to pay with, statement. The code comes from the JSON door alone."""
    return _mine(visitor, "wallet", title="我的储值")


@door.get("/m/<path:elsewhere>")
def nowhere(elsewhere: str) -> None:
    """Any other address: a page that says so."""
    abort(404)


def _mine(visitor: Visitor, name: str, *, title: str) -> Any:
    """A page of my own: who is not signed in is sent to WeChat, unless they came from there."""
    if visitor.session is None and "stay" not in request.args and _in_wechat():
        return redirect(url_for("h5_oauth.start", a=visitor.channel.key, to=f"/m/{name}"))
    return _page(visitor, name, title=title, description=visitor.channel.name)


def _page(visitor: Visitor, name: str, *, title: str, description: str, shop: str = "") -> str:
    return render_template(
        "m/page.html",
        name=name,
        title=title,
        description=description,
        shop=shop,
        channel=visitor.channel,
        signed_in=visitor.session is not None,
        stay=request.args.get("stay", ""),
        sandbox=current_app.config["SANDBOX_URL"] or "",
    )


def _in_wechat() -> bool:
    """Only WeChat can tell who somebody is; where there is a sandbox, its phone shows pages in a frame."""
    framed = request.headers.get("Sec-Fetch-Dest") == "iframe"
    trial = framed and bool(current_app.config["SANDBOX_URL"])
    return trial or "MicroMessenger" in request.user_agent.string
