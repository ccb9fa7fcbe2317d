"""Pages to which the card packs send people: after WeChat's form of a card, and after that of Alipay.

Only what the platform answers to their codes counts, never a name in the address.
"""

from typing import Any

import structlog
from apiflask import APIBlueprint
from flask import redirect, request, url_for

import card_calls
from h5.error_pages import error_page, handle_errors
from platforms.errors import PlatformError
from store.core.errors import DomainError
from store.customers import sessions
from store.member_cards import pack_templates
from store.member_cards.pack_templates import PackTemplate
from store.tenants import channels, registry
from web import request_context
from web.security_headers import protect

log = structlog.get_logger("card_packs")
bp = APIBlueprint("h5_card_packs", __name__, enable_openapi=False)
protect(bp)
handle_errors(bp)


@bp.get("/m/card/activation/<account_key>")
def activate_card(account_key: str) -> Any:
    """Complete the activation of a person who comes from WeChat's form. A reload changes nothing."""
    with registry.use_tenant(registry.get_slug_by_account_key(account_key)):
        pack = _get_pack("wechat", account_key, request.args.get("card_id", ""))
        sessions.check_rate_limit(request_context.client_ip())
        try:
            card = card_calls.complete_jump(
                pack, encrypted_code=request.args.get("encrypt_code", ""),
                ticket=request.args.get("activate_ticket", ""),
            )  # fmt: skip
        except PlatformError as error:
            return _late(error, "微信")
        if card is None:
            return error_page(
                title="请稍后再试",
                message="还没有收到微信的领卡通知",
                status=503,
                retry_url=request.full_path,
            )
        return redirect(url_for("h5.card_page", a=account_key))


@bp.get("/m/card/opening/<account_key>")
def open_alipay_card(account_key: str) -> Any:
    """Open the card of a person who has filled in Alipay's form."""
    with registry.use_tenant(registry.get_slug_by_account_key(account_key)):
        pack = _get_pack("alipay", account_key, request.args.get("template_id", ""))
        sessions.check_rate_limit(request_context.client_ip())
        code, request_id = request.args.get("auth_code", ""), request.args.get("request_id", "")
        if not code or not request_id:
            return error_page(title="没有领卡", message="您没有提交领卡表单", status=200)
        try:
            card = card_calls.open_alipay(pack, code=code, request_id=request_id)
        except PlatformError as error:
            return _late(error, "支付宝")
        if card.state == "active":
            return error_page(title="领卡成功", message="会员卡已添加到支付宝卡包", status=200)
        return error_page(title="正在开卡", message="会员卡稍后会出现在支付宝卡包里", status=200)


def _get_pack(platform: str, account_key: str, platform_id: str) -> PackTemplate:
    channel = channels.get_by_key(account_key)
    pack = pack_templates.find_by_platform_id(platform, platform_id)
    if pack is None or pack.channel_id != channel.id:
        raise DomainError("not_found", "没有找到这张会员卡", 404)
    return pack


def _late(error: PlatformError, name: str) -> Any:
    log.warning("card_form_not_read", code=error.code)
    return error_page(
        title="请稍后再试", message=f"{name}暂时没有响应，请重新领取", status=503, retry_url=None
    )
