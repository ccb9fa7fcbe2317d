"""The demo chain (小二便利): 300 shops at different real addresses, created by the usual operation."""

import csv
from collections.abc import Iterator
from pathlib import Path

from store.core.database import db
from store.shops import coordinates as shop_coordinates
from store.shops import shops

BRAND = "小二便利"
SHOPS_FILE = Path(__file__).parent / "shops.csv"

# The list identifies provinces by the first two digits of their administrative code.
PROVINCES = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区", "21": "辽宁省",
    "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省",
    "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省", "43": "湖南省",
    "44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省",
    "53": "云南省", "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省",
    "64": "宁夏回族自治区", "65": "新疆维吾尔自治区",
}  # fmt: skip
AREA_CODES = {
    "北京市": "010", "上海市": "021", "广州市": "020", "深圳市": "0755", "成都市": "028", "杭州市": "0571",
}  # fmt: skip

# Every seventh shop is always open, and every fifth of the others is open past midnight.
WORKDAYS, WEEKEND = ("mon", "tue", "wed", "thu", "fri"), ("sat", "sun")
ALWAYS_OPEN = {day: [["00:00", "24:00"]] for day in WORKDAYS + WEEKEND}
OPEN_PAST_MIDNIGHT = {day: [["10:00", "02:00"]] for day in WORKDAYS + WEEKEND}
OPEN_BY_DAY = {day: [["07:00", "22:00"]] for day in WORKDAYS} | {day: [["08:00", "22:30"]] for day in WEEKEND}


@db.transactional
def seed_shops() -> int:
    """Create the missing shops of the list and return the length of the list.

    Without the transaction an interrupted start would leave a part of the chain.
    """
    rows = list(_read_rows())
    for number, row in enumerate(rows):
        district, street = (part.strip() for part in row["address"].split(",")[:2])
        shops.create_shop(
            code=row["code"],
            name=f"{BRAND} {row['name']}",
            location=shop_coordinates.to_gcj02(float(row["lng_wgs84"]), float(row["lat_wgs84"]), "wgs84"),
            brand=BRAND,
            industry="便利店",
            contact="店长",
            phone=_fake_phone(row["city"], number),
            province=PROVINCES[row["region"]],
            city=row["city"],
            district=district,
            address=street,
            hours=_opening_hours(number),
            description="早餐、鲜食、日用，随时都在。",
        )
    return len(rows)


def _read_rows() -> Iterator[dict[str, str]]:
    with SHOPS_FILE.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _fake_phone(city: str, number: int) -> str:
    """Return a landline number that does not exist, because no subscriber number begins with 0."""
    if city in AREA_CODES:
        return f"{AREA_CODES[city]}-0{number:07d}"
    return f"400-000-{number:04d}"


def _opening_hours(number: int) -> dict[str, list[list[str]]]:
    if number % 7 == 0:
        return ALWAYS_OPEN
    return OPEN_PAST_MIDNIGHT if number % 5 == 0 else OPEN_BY_DAY
