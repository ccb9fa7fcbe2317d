"""The home page of the demo's mall: a notice and recommended goods. What a user has set is kept."""

from demo.goods_list import CATEGORIES
from store.mall.settings import MallSettings
from store.tenants import settings

NOTICES = ("满 69 元免配送费，3 公里内送货上门", "到店自提，备好货会通知您")
RECOMMENDED_COUNT = 8


def seed_mall() -> None:
    """Set the notices and recommend the first goods of some categories. Idempotent."""
    if settings.read(MallSettings) != MallSettings():
        return
    codes = [f"{listed.code}-1" for listed in CATEGORIES[:RECOMMENDED_COUNT]]
    settings.change(
        MallSettings, notices=[{"label": text} for text in NOTICES],
        recommended=[{"code": code} for code in codes],
    )  # fmt: skip
