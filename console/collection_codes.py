"""Collection codes of shops (聚合收款码): the list, a new code, its picture for print."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

import platform_clients
from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.official_accounts import qr_images
from store.shops.shops import Shop
from store.tenants import branding
from store.tills import collection_code_list, collection_codes
from store.tills.collection_code_list import CollectionCodeCriteria
from store.tills.collection_codes import CollectionCode
from web.responses import file_response, json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_collection_codes", __name__, url_prefix="/console/api/collection-codes", enable_openapi=False
)

_FORMS = {"png": (qr_images.render_png, "image/png"), "svg": (qr_images.render_svg, "image/svg+xml")}


class CodeQuery(ListQuery):
    """Which shops are listed. `search` is a part of code or name."""

    search: Search = ""


class Renewal(RequestModel):
    """The code that is replaced, as the page has shown it."""

    replaced_code: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[!-~]+$")]


class ImageQuery(RequestModel):
    """The form of a picture. `size` is in pixels."""

    form: Literal["png", "svg"] = "png"
    size: int = Field(default=1000, ge=120, le=2000)


@bp.get("")
@staff_required("collection_codes.read")
@bp.input(CodeQuery, location="query")
def list_codes(caller: StaffCaller, query_data: CodeQuery) -> Response:
    criteria = CollectionCodeCriteria(search=query_data.search, shop_ids=caller.shop_ids)
    rows, total = collection_code_list.list_page(criteria, query_data.to_page())
    return list_response((_to_row(shop, code) for shop, code in rows), total, query_data)


@bp.get("/<shop_code>")
@staff_required("collection_codes.read")
def get_code(shop_code: str, caller: StaffCaller) -> Response:
    shop = shop_scope.get_shop(caller, shop_code)
    row = _to_row(shop, collection_codes.get_of_shop(shop))
    return json_response(row | {"tenant": branding.read_name()})


@bp.post("/<shop_code>")
@staff_required("collection_codes.edit")
def create_code(shop_code: str, caller: StaffCaller) -> Response:
    shop = shop_scope.get_shop(caller, shop_code)
    return respond_once(caller, None, lambda: _to_row(shop, collection_codes.get_or_create(shop)), status=201)


@bp.post("/<shop_code>/renewals")
@staff_required("collection_codes.edit")
@bp.input(Renewal)
def renew_code(shop_code: str, caller: StaffCaller, json_data: Renewal) -> Response:
    """Replace the code. Pictures in print with the old one lead nowhere from then on."""
    shop = shop_scope.get_shop(caller, shop_code)
    code = json_data.replaced_code
    return respond_once(
        caller, json_data, lambda: _to_row(shop, collection_codes.renew(shop, replaced_code=code))
    )


@bp.get("/<shop_code>/image")
@staff_required("collection_codes.read")
@bp.input(ImageQuery, location="query")
def get_image(shop_code: str, caller: StaffCaller, query_data: ImageQuery) -> Response:
    row = collection_codes.get_of_shop(shop_scope.get_shop(caller, shop_code))
    render, mimetype = _FORMS[query_data.form]
    picture = render(platform_clients.to_absolute_url(row.path), size=query_data.size)
    response = file_response(picture, mimetype=mimetype, filename=f"收款码-{shop_code}.{query_data.form}")
    response.headers["Cache-Control"] = "no-store"  # after a renewal the old picture would be printed
    return response


def _to_row(shop: Shop, row: CollectionCode | None) -> dict[str, Any]:
    return {
        "shop": shop.name, "shop_code": shop.code, "code": row.code if row else None,
        "url": platform_clients.to_absolute_url(row.path) if row else None,
        "created_at": row.created_at.isoformat() if row else None,
        "renewed_at": row.renewed_at.isoformat() if row and row.renewed_at else None,
    }  # fmt: skip
