"""Notices of Alipay about cards that were opened or deleted: `/notify/alipay-cards/<account>`.

A notice only says that something happened to a card: what counts is what Alipay answers to a query.
"""

from urllib.parse import parse_qsl

import structlog
from apiflask import APIBlueprint
from flask import Response, request

import platform_clients
from platforms.errors import PlatformError
from platforms.payment_answers import NoticeRejectedError
from store.core.errors import DomainError
from store.member_cards import observations
from store.tenants import channels, registry

log = structlog.get_logger("card_notices")
bp = APIBlueprint("card_notices", __name__, enable_openapi=False)

MAX_BODY_BYTES = 64 * 1024
NUMBER_NAMES = ("biz_card_no", "target_card_no", "card_no")


@bp.post("/notify/alipay-cards/<account_key>")
def receive_alipay_card(account_key: str) -> Response:
    """Verify a notice and have the card compared. The answer is `success`, anything else makes Alipay repeat it."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return Response("failure", 413, mimetype="text/plain")
    body = request.get_data(parse_form_data=False, cache=False)
    try:
        slug = registry.get_slug_by_account_key(account_key)
        with registry.use_tenant(slug):
            channel = channels.get_by_key(account_key)
            if channel.kind != "alipay":
                return Response("failure", 404, mimetype="text/plain")
            form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            platform_clients.alipay_cards_client(channel).verify_notice(form)
            number = next((form[name] for name in NUMBER_NAMES if form.get(name)), "")
            observations.request_comparison(channel=channel, code=number)
    except DomainError:
        return Response("failure", 404, mimetype="text/plain")
    except (NoticeRejectedError, PlatformError) as error:
        log.warning("card_notice_rejected", account=account_key, reason=str(error)[:100])
        return Response("failure", 401, mimetype="text/plain")
    return Response("success", mimetype="text/plain")
