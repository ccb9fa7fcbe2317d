"""A code is designed once and counts its scans; its picture can be read by any reader, logo or not."""

import io
import re

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from store.core.errors import DomainError
from store.core.events import Event
from store.core.listing import Page
from store.official_accounts import qr_codes, qr_images
from store.official_accounts.qr_codes import QrCode
from store.shops import shops
from store.shops.coordinates import Coordinates
from tests.support import database

CONTENT = "http://weixin.qq.com/q/02abcDEF_-" + "x" * 30


@pytest.fixture
def shop(acme):
    return shops.create_shop(code="S1", name="前门店", location=Coordinates(116.404, 39.915))


def design(account, **changed) -> QrCode:
    return qr_codes.create(
        **({"channel": account, "kind": "product", "target": "p1", "name": "海报"} | changed)
    )


def logo(form: str = "PNG", size: tuple[int, int] = (300, 200), mode: str = "RGB") -> bytes:
    picture = Image.new(mode, size)
    if mode in ("RGB", "RGBA") and min(size) > 20:
        ImageDraw.Draw(picture).ellipse((10, 10, size[0] - 10, size[1] - 10), fill="red")
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def read(png: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    return found.text


def rasterize(svg: bytes) -> Image.Image:
    """The modules of an SVG on a raster, ten pixels each; its path holds one rectangle a run."""
    text = svg.decode()
    side = int(text.split('viewBox="0 0 ')[1].split(" ")[0])
    picture = Image.new("L", (side * 10, side * 10), 255)
    for run in text.split('<path d="')[1].split('"')[0].split("M")[1:]:
        x, y, width = (int(part) for part in re.fullmatch(r"(\d+) (\d+)h(\d+)v1h-\d+z", run).groups())
        picture.paste(0, (x * 10, y * 10, (x + width) * 10, (y + 1) * 10))
    if "<image" in text:
        x, width = (
            float(text.split("<image")[1].split(f'{name}="')[1].split('"')[0]) for name in ("x", "width")
        )
        picture.paste(255, tuple(round(part * 10) for part in (x, x, x + width, x + width)))
    return picture


@pytest.mark.parametrize("size", [200, 301, 430, 1000, 2000])
@pytest.mark.parametrize("with_logo", [None, "PNG", "JPEG"])
def test_a_png_reads_in_every_size_with_and_without_logo(size, with_logo):
    made = qr_images.render_png(CONTENT, size=size, logo=logo(with_logo) if with_logo else None)
    assert Image.open(io.BytesIO(made)).size == (size, size)
    assert read(made) == CONTENT


@pytest.mark.parametrize("with_logo", [False, True])
def test_an_svg_reads_too(with_logo):
    made = qr_images.render_svg(CONTENT, logo=logo() if with_logo else None)
    (found,) = zxingcpp.read_barcodes(rasterize(made))
    assert found.text == CONTENT
    assert b"<script" not in made


@pytest.mark.parametrize(
    ("form", "size", "mode"),
    [("PNG", (1, 900), "RGB"), ("PNG", (64, 64), "RGBA"), ("PNG", (64, 64), "P"), ("PNG", (64, 64), "1"),
     ("PNG", (64, 64), "I;16"), ("JPEG", (64, 64), "CMYK"), ("JPEG", (64, 64), "L")],
)  # fmt: skip
def test_logos_of_all_kinds_are_taken(form, size, mode):
    assert read(qr_images.render_png(CONTENT, size=430, logo=logo(form, size, mode))) == CONTENT


HOSTILE = {
    "text": b"<svg onload=alert(1)>",
    "gif": logo("GIF"),
    "webp": logo("WEBP"),
    "cut short": logo()[:200],
    "only a head": b"\x89PNG\r\n\x1a\n",
    "noise": bytes(range(256)) * 20,
    "too heavy": b"\x89PNG" + b"0" * qr_images.MAX_LOGO_BYTES,
    "a bomb": logo("PNG", (6000, 6000), "1"),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("picture", [qr_images.render_png, qr_images.render_svg])
def test_hostile_logos_are_refused(picture, hostile):
    with pytest.raises(DomainError) as refused:
        picture(CONTENT, logo=hostile)
    assert refused.value.details["field"] == "logo"


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_damaged_logo_is_drawn_or_refused_and_nothing_else(form):
    whole = logo(form, (40, 40))
    refused = 0
    for place in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        try:
            qr_images.render_png("x", size=120, logo=bytes(damaged))
        except DomainError:
            refused += 1
    assert refused


@pytest.mark.parametrize("size", [0, -1, 119, 2001, 10**9])
def test_sizes_are_bounded(size):
    for picture in (qr_images.render_png, qr_images.render_svg):
        with pytest.raises(DomainError) as refused:
            picture(CONTENT, size=size)
        assert refused.value.details["field"] == "size"


@pytest.mark.parametrize("length", [1300, 3000])
def test_what_no_code_can_hold_is_refused(length):
    with pytest.raises(DomainError) as refused:
        qr_images.render_png("a" * length)
    assert refused.value.details["field"] == "content"


def test_designed_twice_or_by_many_it_is_one(account, verify_afterwards):
    first = design(account)
    assert design(account, name=" 海报 ").id == first.id
    assert (
        len({code.id for code in database.run_concurrently(8, lambda number: design(account, name="展架"))})
        == 1
    )
    assert QrCode.select().count() == 2
    assert first.scene != QrCode.get(QrCode.name == "展架").scene


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("kind", {"kind": "car"}), ("name", {"name": " "}), ("name", {"name": "x" * 61}), ("target", {"target": ""}),
        ("target", {"target": "x" * 65}), ("lifetime_s", {"permanent": False}),
        ("lifetime_s", {"permanent": False, "lifetime_s": 59}),
        ("lifetime_s", {"permanent": False, "lifetime_s": 2_592_001}),
    ],
)  # fmt: skip
def test_what_makes_no_code_is_refused(account, field, wrong):
    with pytest.raises(DomainError) as refused:
        design(account, **wrong)
    assert refused.value.details["field"] == field


def test_a_code_of_no_shop_is_refused(account):
    with pytest.raises(DomainError) as refused:
        design(account, kind="shop", target="sho_no_one")
    assert refused.value.code == "not_found"


def test_every_scan_is_counted_also_at_once(account, shop, create_follower, verify_afterwards):
    code, customer = design(account, kind="shop", target=shop.public_id), create_follower("o1")
    database.run_concurrently(
        8,
        lambda n: qr_codes.count_scan(
            channel=account, scene=code.scene, customer_id=customer.id, by_follow=n < 3
        ),
    )
    row = qr_codes.get_by_id(code.id)
    assert (row.scans, row.follows) == (8, 3)
    assert {event.shop_id for event in Event.select().where(Event.kind == "qr_codes.scanned")} == {shop.id}


def test_a_scene_that_is_not_ours_is_nobodys(account, create_follower):
    result = {"customer_id": create_follower("o1").id, "by_follow": False}
    assert qr_codes.count_scan(channel=account, scene="stranger", **result) is None
    assert Event.select().where(Event.kind == "qr_codes.scanned").count() == 0


def test_a_code_is_renamed_and_two_of_one_target_differ(account):
    first, second = design(account), design(account, name="门口")
    with pytest.raises(DomainError) as rejected:
        qr_codes.change(second, name="海报", logo="")
    assert rejected.value.details["field"] == "name"
    with pytest.raises(DomainError):
        qr_codes.change(first, name="海报", logo="../x.png")
    for _ in range(2):
        changed = qr_codes.change(first, name="新海报", logo=f"{'a' * 24}.png")
    assert (changed.name, changed.logo) == ("新海报", f"{'a' * 24}.png")


def test_codes_are_listed_by_shop_and_deleted_once(account, shop):
    mine = design(account, kind="shop", target=shop.public_id)
    design(account)
    own = qr_codes.QrCodeFilter(shop_ids=frozenset({shop.id}), account=account.key, search="海")
    rows, total = qr_codes.list_page(own, Page(sort="-scans"))
    assert ([row.id for row in rows], total) == ([mine.id], 1)
    assert qr_codes.count_codes(qr_codes.QrCodeFilter(kind="product")) == 1
    for _ in range(2):
        qr_codes.delete(mine)
    assert list(qr_codes.iterate_codes(own)) == []


def test_a_ticket_is_requested_until_there_is_a_valid_one(account):
    code = design(account)
    before = Event.select().count()
    qr_codes.request_ticket(code)
    qr_codes.store_ticket(code.id, ticket="t", url=CONTENT, expires_at=None)
    qr_codes.request_ticket(code)
    assert Event.select().count() == before + 1
