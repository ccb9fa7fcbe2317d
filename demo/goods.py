"""The goods of the demo chain with pictures, stock and ways of delivery in its first shops, made by operations."""

import io
import random
from datetime import timedelta
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from demo.goods_list import CATEGORIES, DEPARTMENTS, GoodsCategory
from store.catalog import categories, changes, shop_goods
from store.catalog.categories import Category
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core import clock
from store.core.database import db
from store.delivery import rules
from store.shops import shops
from store.shops.shops import Shop
from store.stock import changes as stock_changes
from store.tenants import pictures

SEED = 20261129
SHOP_COUNT = 2
OPENED_DAYS_AGO = 100  # before the first order of the demo
RACKED_COUNT = 75  # products whose place in the shop is known
PICTURE_SIZE = 320
FONT_PATHS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/System/Library/Fonts/PingFang.ttc",
)
COLOURS = ("#dcecd9", "#f6e2d0", "#d9e8f3", "#f7ead0", "#efe0d2", "#f4dce4", "#eeead9", "#f3d9cf", "#dfe9ee", "#fbe3cf",
           "#d8eeea", "#e6e0f0")  # fmt: skip
ZONES = [
    {"up_to_metres": 3_000, "fee_fen": 400, "minimum_fen": 2_000, "free_from_fen": 6_900},
    {"up_to_metres": 8_000, "fee_fen": 800, "minimum_fen": 3_900, "free_from_fen": 12_900},
]


def seed_goods(*, tenant: str, var: Path) -> int:
    """Create the goods, let the first shop sell all and the second a third, and return the number of products.

    Idempotent.
    """
    if categories.list_all(with_retired=True):
        return 0
    dice = random.Random(SEED)
    rows, _ = shops.list_shops(page_size=SHOP_COUNT)
    made = [
        product
        for place, listed in enumerate(CATEGORIES)
        for product in _seed_category(listed, place, dice, tenant, var)
    ]
    with clock.use_moment(clock.now() - timedelta(days=OPENED_DAYS_AGO)):
        for shop, step in zip(rows, (1, 3), strict=True):
            _open_shop(shop, made[::step], dice)
    _fill_racks(rows[0], made[:RACKED_COUNT])
    return len(made)


@db.transactional
def _seed_category(
    listed: GoodsCategory, place: int, dice: random.Random, tenant: str, var: Path
) -> list[Product]:
    """Create a category with its goods."""
    category = _create_categories(listed)
    found = []
    for number, name in enumerate(listed.names.split(), start=1):
        lowest = dice.randint(listed.lowest, listed.highest) * 100 - dice.choice((0, 10, 20, 50))
        skus = [
            {
                "code": f"{listed.code}-{number}-{size}", "barcode": _barcode(place, number, size),
                "specification": [value], "list_price_fen": round(lowest * factor),
                "member_price_fen": round(lowest * factor * 0.95) if number % 3 == 0 else None,
            }
            for size, (value, factor) in enumerate(listed.sizes, start=1)
        ]  # fmt: skip
        product = changes.create_product(
            code=f"{listed.code}-{number}", name=name, category=category, unit=listed.unit, skus=skus,
            specifications=[listed.specification], pictures=[_save_picture(name, place, tenant, var)],
            is_hot=number == 1, description=f"<p>{name}，{DEPARTMENTS[listed.parent]} · {listed.name}。</p>",
        )  # fmt: skip
        found.append(changes.publish(product))
    return found


def _create_categories(listed: GoodsCategory) -> Category:
    parent = categories.create_category(code=listed.parent, name=DEPARTMENTS[listed.parent])
    return categories.create_category(code=listed.code, name=listed.name, parent=parent)


@db.transactional
def _open_shop(shop: Shop, goods: list[Product], dice: random.Random) -> None:
    """Add the goods to a shop, with stock of which some is low and some gone, and every way of delivery."""
    shop_goods.take_over(shop, goods)
    skus = list(Sku.select().where(Sku.product << [product.id for product in goods]).order_by(Sku.id))
    for number, sku in enumerate(skus):
        quantity = (
            0 if number % 40 == 7 else dice.randint(2, 9) if number % 11 == 3 else dice.randint(20, 200)
        )
        if quantity:
            stock_changes.receive(
                shop=shop, sku=sku, quantity=quantity, reason="开业备货", key=f"demo-{shop.code}-{sku.code}"
            )
    rules.save(
        shop, delivery_on=True, takeaway_on=True, cash_on_delivery_on=True, zones=ZONES, lead_minutes=30,
        slot_minutes=60, slot_capacity=20, days_ahead=2,
    )  # fmt: skip


@db.transactional
def _fill_racks(shop: Shop, goods: list[Product]) -> None:
    """Set where the first SKU of each product is in the shop."""
    for number, product in enumerate(goods):
        sku = Sku.select().where(Sku.product == product.id).order_by(Sku.id).first()
        shop_goods.change(
            shop, sku, rack_area=chr(ord("A") + number // 25), rack_number=str(number % 25 // 5 + 1)
        )


def _barcode(place: int, number: int, size: int) -> str:
    """Return an EAN-13 of the range 200–299, which shops use inside."""
    digits = f"2{place:03d}{number:06d}{size:02d}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return digits + str(-total % 10)


def _save_picture(name: str, place: int, tenant: str, var: Path) -> str:
    """Draw a picture of a product, a card in the colour of its category with the name, and return its address."""
    card = Image.new("RGB", (PICTURE_SIZE, PICTURE_SIZE), COLOURS[place % len(COLOURS)])
    pen = ImageDraw.Draw(card)
    margin = PICTURE_SIZE // 5
    pen.rounded_rectangle(
        (margin, margin, PICTURE_SIZE - margin, PICTURE_SIZE - margin), radius=28, fill="#ffffffd0"
    )
    font = _load_font()
    if font is not None:
        half = (len(name) + 1) // 2 if len(name) > 4 else len(name)
        text = name if len(name) <= 4 else f"{name[:half]}\n{name[half:]}"
        middle = PICTURE_SIZE // 2
        pen.multiline_text((middle, middle), text, fill="#3f4a3c", font=font, anchor="mm", align="center")
    written = io.BytesIO()
    card.save(written, "JPEG", quality=80)
    return pictures.url_path(tenant, pictures.save(written.getvalue(), "jpg", var=var))


def _load_font() -> ImageFont.FreeTypeFont | None:
    """Return a font with Chinese letters, None on a machine without one: its cards have no name."""
    path = next((path for path in FONT_PATHS if Path(path).exists()), None)
    return ImageFont.truetype(path, 40) if path else None
