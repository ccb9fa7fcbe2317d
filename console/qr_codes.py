"""QR codes with a scene (带参数二维码): list, create for several targets, change, delete, images."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.official_accounts import get_chat_account
from console.qr_images import MAX_IMAGES, find_logo_name, logo_url, pack, render
from store.core.errors import invalid, not_found
from store.official_accounts import qr_codes
from store.official_accounts.qr_codes import QrCode, QrCodeFilter
from store.shops import shop_list, shops
from store.shops.shop_list import ShopFilter
from web.responses import file_response, json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_qr_codes", __name__, url_prefix="/console/api/qr-codes", enable_openapi=False)

Kind = Literal["shop", "product", "activity", "staff", "table"]
Target = Annotated[str, Field(min_length=1, max_length=64)]
_MIME_TYPES = {"png": "image/png", "svg": "image/svg+xml"}


class CodeQuery(ListQuery):
    """Which codes are listed. `search` is a part of the name."""

    search: Search = ""
    kind: Kind | None = None
    account: Search | None = None


class CodeCreation(RequestModel):
    """Codes of an account for targets: ids of shops, or the ids of another kind. One of one target may have a name."""

    account: Search
    kind: Kind = "shop"
    targets: Annotated[list[Target], Field(max_length=200)] = []
    every_shop: bool = False
    name: Annotated[str, Field(max_length=60)] = ""
    permanent: bool = True
    lifetime_s: int | None = None
    logo_url: Annotated[str, Field(max_length=500)] = ""


class CodeChange(RequestModel):
    """Name and logo of a code."""

    name: Annotated[str, Field(max_length=60)]
    logo_url: Annotated[str, Field(max_length=500)] = ""


class ImageQuery(RequestModel):
    """Form and width of an image."""

    form: Literal["png", "svg"] = "png"
    size: int = Field(default=430, ge=120, le=2000)
    download: bool = False


class PackQuery(ImageQuery):
    """Ids of codes, separated by commas."""

    ids: Annotated[str, Field(pattern=r"^[0-9]{1,18}(,[0-9]{1,18})*$", max_length=2000)]


@bp.get("")
@staff_required("qr_codes.read")
@bp.input(CodeQuery, location="query")
def list_codes(caller: StaffCaller, query_data: CodeQuery) -> Response:
    filters = query_data.model_dump(exclude={"page", "page_size", "sort"})
    rows, total = qr_codes.list_page(QrCodeFilter(**filters, shop_ids=caller.shop_ids), query_data.to_page())
    return list_response(_to_rows(rows), total, query_data)


@bp.get("/<int:code_id>")
@staff_required("qr_codes.read")
def get_code(code_id: int, caller: StaffCaller) -> Response:
    return json_response(_to_row(_get(caller, code_id)))


@bp.post("")
@staff_required("qr_codes.create")
@bp.input(CodeCreation)
def create_codes(caller: StaffCaller, json_data: CodeCreation) -> Response:
    """Create a code for each target. A worker fetches the tickets from the platform."""

    def work() -> dict[str, Any]:
        channel = get_chat_account(caller, json_data.account)
        names = _name_targets(caller, json_data)
        logo = find_logo_name(json_data.logo_url)
        made = [
            qr_codes.create(
                channel=channel, kind=json_data.kind, target=target, name=name, logo=logo,
                permanent=json_data.permanent, lifetime_s=json_data.lifetime_s,
            )
            for target, name in names.items()
        ]  # fmt: skip
        return {"list": _to_rows(made)}

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<int:code_id>")
@staff_required("qr_codes.edit")
@bp.input(CodeChange)
def change_code(code_id: int, caller: StaffCaller, json_data: CodeChange) -> Response:
    code = _get(caller, code_id)
    logo = find_logo_name(json_data.logo_url)
    return respond_once(
        caller, json_data, lambda: _to_row(qr_codes.change(code, name=json_data.name, logo=logo))
    )


@bp.post("/<int:code_id>/tickets")
@staff_required("qr_codes.edit")
def renew_ticket(code_id: int, caller: StaffCaller) -> Response:
    """Request a ticket for a code that has none, or an expired one."""
    code = _get(caller, code_id)
    return respond_once(caller, None, lambda: _to_row(qr_codes.request_ticket(code)), status=202)


@bp.delete("/<int:code_id>")
@staff_required("qr_codes.delete")
def delete_code(code_id: int, caller: StaffCaller) -> Response:
    code = _get(caller, code_id)

    def work() -> dict[str, Any]:
        qr_codes.delete(code)
        return {"id": str(code_id)}

    return respond_once(caller, None, work)


@bp.get("/<int:code_id>/image")
@staff_required("qr_codes.read")
@bp.input(ImageQuery, location="query")
def get_image(code_id: int, caller: StaffCaller, query_data: ImageQuery) -> Response:
    """Return the image, to be shown or as a file. Raises DomainError(no_ticket) before the platform has answered."""
    code = _get(caller, code_id)
    content = render(code, form=query_data.form, size=query_data.size)
    mimetype = _MIME_TYPES[query_data.form]
    if query_data.download:
        return file_response(content, mimetype=mimetype, filename=f"{code.name}.{query_data.form}")
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Security-Policy"] = "default-src 'none'; img-src data:; sandbox"
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.get("/images")
@staff_required("qr_codes.read")
@bp.input(PackQuery, location="query")
def get_images(caller: StaffCaller, query_data: PackQuery) -> Response:
    """Return the images of several codes as one ZIP file."""
    wanted = query_data.ids.split(",")
    if len(wanted) > MAX_IMAGES:
        raise invalid("ids", f"一次最多导出 {MAX_IMAGES} 个")
    codes = [_get(caller, int(code_id)) for code_id in wanted]
    content = pack(codes, form=query_data.form, size=query_data.size)
    return file_response(content, mimetype="application/zip", filename="二维码.zip")


def _get(caller: StaffCaller, code_id: int) -> QrCode:
    code = qr_codes.get_by_id(code_id)
    if caller.shop_ids is not None and qr_codes.shop_id_of(code) not in caller.shop_ids:
        raise not_found("该二维码")
    return code


def _name_targets(caller: StaffCaller, given: CodeCreation) -> dict[str, str]:
    """Return the name of each target's code. Temporary codes have other names than printed ones of the same shop."""
    names = {target: target for target in given.targets}
    if given.kind == "shop":
        if given.every_shop:
            open_shops = shop_list.list_all(ShopFilter(state="open", shop_ids=caller.shop_ids))
        else:
            open_shops = [shops.get_by_public_id(target) for target in given.targets]
        for shop in open_shops:
            caller.ensure_shop(shop.id, subject="该门店")
        names = {shop.public_id: shop.name for shop in open_shops}
    elif caller.shop_ids is not None:
        raise invalid("kind", "您的账号只能生成门店二维码")
    if not names:
        raise invalid("targets", "请选择二维码的对象")
    if given.name and len(names) == 1:
        return dict.fromkeys(names, given.name)
    suffix = f" {given.name}" if given.name else "" if given.permanent else " 临时"
    return {target: name[: 60 - len(suffix)] + suffix for target, name in names.items()}


def _to_row(code: QrCode) -> dict[str, Any]:
    return _to_rows([code])[0]


def _to_rows(codes: list[QrCode]) -> list[dict[str, Any]]:
    shop_names = shop_list.find_names(code.target for code in codes if code.kind == "shop")
    return [_describe(code) | {"target_name": shop_names.get(code.target, code.target)} for code in codes]


def _describe(code: QrCode) -> dict[str, Any]:
    names = ("name", "kind", "target", "permanent", "url", "scans", "follows")
    state = "ready" if qr_codes.has_valid_ticket(code) else "expired" if code.url else "waiting"
    return {"id": str(code.id), **{name: getattr(code, name) for name in names}} | {
        "state": state, "account": {"key": code.channel.key, "name": code.channel.name},
        "logo_url": logo_url(code),
        "expires_at": code.expires_at.isoformat() if code.expires_at else None,
        "created_at": code.created_at.isoformat(),
    }  # fmt: skip
