"""The page of a collection code (聚合收款码): WeChat and Alipay sign in by themselves."""

from typing import Any

from apiflask import APIBlueprint
from flask import redirect, request, url_for

from h5 import sign_in_platforms
from h5.error_pages import error_page, handle_errors
from h5.pages import render_page
from h5.visitor import Visitor, find_session
from store.core.errors import DomainError
from store.payments import merchants
from store.shops.shops import Shop
from store.tenants import channels, registry
from store.tenants.channels import Channel
from store.tills import collection_codes
from web.security_headers import protect

bp = APIBlueprint("h5_collection", __name__, enable_openapi=False)
protect(bp)
handle_errors(bp)

_MERCHANT_PLATFORMS = {"wechat_official": "wechat_pay", "alipay": "alipay"}


@bp.get("/pay/<code>")
def collection_page(code: str) -> Any:
    """Render the page on which the customer of WeChat or Alipay enters an amount."""
    with registry.use_tenant(_get_slug(code)):
        row = collection_codes.get_by_code(code)
        collection_codes.ensure_not_closed(row.shop)
        kind = sign_in_platforms.find_own_kind()
        if kind is None:
            return error_page(title=row.shop.name, message="请用微信或支付宝扫一扫付款", status=200)
        channel = _get_channel(kind, row.shop)
        session = find_session()
        if session is not None and session.channel_id != channel.id:
            session = None  # the payer is the person at this account
        if session is None and "stay" not in request.args:
            return redirect(url_for("h5_oauth.start_login", a=channel.key, to=row.path))
        visitor = Visitor(channel=channel, session=session)
        title = f"向{row.shop.name}付款"
        return render_page(visitor, "collection", title=title, description=title, shop=code)


def _get_slug(code: str) -> str:
    slug = code.partition(".")[0]
    if slug not in registry.list_slugs():
        raise DomainError("not_found", "收款码已失效，请店员出示新的收款码", 404)
    return slug


def _get_channel(kind: str, shop: Shop) -> Channel:
    """Return the account of the shop's merchant, or the first one of the platform. Raises DomainError(no_merchant)."""
    merchant = merchants.choose(platform=_MERCHANT_PLATFORMS[kind], shop_id=shop.id)
    channel = channels.find_by_appid(kind, merchant.app_id) or channels.find_first(kind)
    if channel is None:
        name = sign_in_platforms.NAMES[kind]
        raise DomainError("no_merchant", f"本店尚未开通{name}付款，请换一种方式", 503)
    return channel
