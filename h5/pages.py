"""The pages: shops nearby, a shop, coupons, a gift, and what is mine. Their content comes from the JSON routes."""

from typing import Any

from apiflask import APIBlueprint
from flask import abort, current_app, redirect, render_template, request, url_for

from h5 import sign_in_platforms
from h5.error_pages import handle_errors
from h5.visitor import Visitor, with_visitor
from store.catalog import shop_product_list
from store.core import clock
from store.shops import shops
from store.tenants import agreements, branding
from store.tenants.channels import Channel
from web.security_headers import protect

bp = APIBlueprint("h5", __name__, enable_openapi=False)
protect(bp)
handle_errors(bp)


@bp.get("/m/")
def home_page() -> Any:
    """Redirect to the nearby shops, the first page of the mall."""
    return redirect(url_for("h5.nearby_page", a=request.args.get("a")))


@bp.get("/m/nearby")
@with_visitor
def nearby_page(visitor: Visitor) -> str:
    """Render the nearby shops. The position is behind `#`, so that it reaches no log."""
    return render_page(visitor, "nearby", title="附近门店", description=f"{visitor.channel.name}的附近门店")


@bp.get("/m/newest")
@with_visitor
def newest_page(visitor: Visitor) -> str:
    """Render the newest shops."""
    return render_page(visitor, "newest", title="最新门店", description=f"{visitor.channel.name}的最新门店")


@bp.get("/m/stores/<public_id>")
@with_visitor
def shop_page(visitor: Visitor, public_id: str) -> str:
    """Render one shop. A shared link to it shows its name and address."""
    shop = shops.get_by_public_id(public_id)
    return render_page(visitor, "shop", title=shop.name, description=shop.address, shop=shop.public_id)


@bp.get("/m/me")
@with_visitor
def me_page(visitor: Visitor) -> Any:
    """Render card, points and check-ins."""
    return _member_page(visitor, "me", title="我的会员卡")


@bp.get("/m/coupons")
@with_visitor
def coupons_page(visitor: Visitor) -> Any:
    """Render coupons and claims. The view is behind `#`, so that going back works."""
    return _member_page(visitor, "coupons", title="优惠券")


@bp.get("/m/gifts")
@with_visitor
def gift_page(visitor: Visitor) -> str:
    """Render a gift without a redirect: WeChat's sign-in would lose the secret behind `#`."""
    return render_page(visitor, "gifts", title="好友送您一张优惠券", description=visitor.channel.name)


@bp.get("/m/tier")
@with_visitor
def tier_page(visitor: Visitor) -> Any:
    """Render the tier, what is missing to the next one, and the history."""
    return _member_page(visitor, "tier", title="我的等级")


@bp.get("/m/points")
@with_visitor
def points_page(visitor: Visitor) -> Any:
    """Render the point accounts, the points that expire soon, and every entry."""
    return _member_page(visitor, "points", title="我的积分")


@bp.get("/m/wallet")
@with_visitor
def wallet_page(visitor: Visitor) -> Any:
    """Render stored value: balance, payment code, statement. The code comes from the JSON route alone."""
    return _member_page(visitor, "wallet", title="我的储值")


@bp.get("/m/orders")
@with_visitor
def orders_page(visitor: Visitor) -> Any:
    """Render what was bought and paid, and what it earned."""
    return _member_page(visitor, "orders", title="我的订单")


@bp.get("/m/orders/<number>")
@with_visitor
def order_page(visitor: Visitor, number: str) -> Any:
    """Render one order: its state, pickup code, goods and steps."""
    return _member_page(visitor, "order", title="订单", path=f"orders/{number}", style="mall")


@bp.get("/m/stores/<public_id>/goods")
@with_visitor
def shop_goods_page(visitor: Visitor, public_id: str) -> str:
    """Render the goods of a shop."""
    shop = shops.get_by_public_id(public_id)
    title = f"{shop.name}的商品"
    return render_page(
        visitor, "store-goods", title=title, description=shop.address, shop=shop.public_id, style="mall"
    )


@bp.get("/m/stores/<public_id>/goods/<goods_id>")
@with_visitor
def goods_page(visitor: Visitor, public_id: str, goods_id: str) -> str:
    """Render one product of a shop. A shared link to it shows its name."""
    shop = shops.get_by_public_id(public_id)
    product = shop_product_list.get_product(shop, goods_id)
    return render_page(
        visitor, "goods", title=product.name, description=shop.name, shop=shop.public_id, style="mall"
    )


@bp.get("/m/cart")
@with_visitor
def cart_page(visitor: Visitor) -> Any:
    """Render the cart by shop."""
    return _member_page(visitor, "cart", title="购物车", style="mall")


@bp.get("/m/checkout")
@with_visitor
def checkout_page(visitor: Visitor) -> Any:
    """Render the checkout. The chosen goods stay in the browser."""
    return _member_page(visitor, "checkout", title="确认订单", style="mall")


@bp.get("/m/addresses")
@with_visitor
def addresses_page(visitor: Visitor) -> Any:
    """Render the addresses of the member."""
    return _member_page(visitor, "addresses", title="收货地址", style="mall")


@bp.get("/m/red-packets")
@with_visitor
def red_packets_page(visitor: Visitor) -> Any:
    """Render red packets and transfers, with the confirmation of those that wait for it."""
    return _member_page(visitor, "red-packets", title="我的红包")


@bp.get("/m/payer-claims")
@with_visitor
def payer_claims_page(visitor: Visitor) -> Any:
    """Render the questions to a payer: whether a member whose top-up was paid is the same person."""
    return _member_page(visitor, "payer-claims", title="绑定会员")


@bp.get("/m/messages")
@with_visitor
def messages_page(visitor: Visitor) -> Any:
    """Render the site messages of the member."""
    return _member_page(visitor, "messages", title="我的消息")


@bp.get("/m/message-settings")
@with_visitor
def message_settings_page(visitor: Visitor) -> Any:
    """Render the consent to marketing, the media of it, and the accepted subscribe messages."""
    return _member_page(visitor, "message-settings", title="消息设置")


@bp.get("/m/profile")
@with_visitor
def profile_page(visitor: Visitor) -> Any:
    """Render the profile with phone and consents, and the ways to close the membership and to erase the data."""
    return _member_page(visitor, "profile", title="个人资料")


@bp.get("/m/closing")
@with_visitor
def closing_page(visitor: Visitor) -> Any:
    """Render what a closing of the membership would end, with its confirmation."""
    return _member_page(visitor, "closing", title="注销会员")


@bp.get("/m/erasure")
@with_visitor
def erasure_page(visitor: Visitor) -> Any:
    """Render what an erasure of the personal data removes and keeps, with its confirmation."""
    return _member_page(visitor, "erasure", title="清除个人资料")


@bp.get("/m/terms")
@with_visitor
def terms_page(visitor: Visitor) -> str:
    """Render the terms of the tenant."""
    return _agreement_page("terms")


@bp.get("/m/privacy")
@with_visitor
def privacy_page(visitor: Visitor) -> str:
    """Render the privacy policy of the tenant."""
    return _agreement_page("privacy")


@bp.get("/m/<path:path>")
def not_found(path: str) -> None:
    """Render the error page of any other address."""
    abort(404)


def _member_page(visitor: Visitor, name: str, *, title: str, path: str = "", style: str = "") -> Any:
    """Render a page of the signed-in visitor. Others are sent to the platform, unless they just came from there."""
    if visitor.session is None and "stay" not in request.args and can_sign_in(visitor.channel):
        return redirect(url_for("h5_oauth.start_login", a=visitor.channel.key, to=f"/m/{path or name}"))
    return render_page(visitor, name, title=title, description=visitor.channel.name, style=style)


def render_page(
    visitor: Visitor, name: str, *, title: str, description: str, shop: str = "", style: str = ""
) -> str:
    """Render a page for a visitor. `shop` is the public id of the shop that it is about, or its collection code.

    `style` names its style sheet, if it is not that of the page's own name.
    """
    brand = branding.read_name()
    return render_template(
        "m/page.html",
        name=name,
        style=style or name,
        title=title,
        description=description,
        shop=shop,
        now=clock.now().isoformat(),
        page_title=title if brand in title else f"{title} · {brand}",
        brand=brand,
        logo=branding.read_logo_url(),
        colours=branding.read_css_colours(),
        channel=visitor.channel,
        signed_in=visitor.session is not None,
        stay=request.args.get("stay", ""),
        sandbox=current_app.config["SANDBOX_URL"] or "",
    )


def _agreement_page(kind: str) -> str:
    """Render the current version of a text, which needs no script."""
    brand = branding.read_name()
    agreement = agreements.get_current(kind)
    return render_template(
        "m/agreement.html", agreement=agreement, brand=brand, logo=branding.read_logo_url(), title=agreement.title,
        page_title=f"{agreement.title} · {brand}",
    )  # fmt: skip


def can_sign_in(channel: Channel) -> bool:
    """Return whether the account's platform can identify the visitor."""
    return sign_in_platforms.is_trial() or sign_in_platforms.is_own_browser(channel)
