"""Plastic cards in the tests: kinds of two tiers, a stock with activation codes, and what is filled in for one."""

from store.activation_codes import imports
from store.customers.members import Member
from store.physical_cards import applications, kinds
from store.physical_cards.applications import CardApplication
from store.physical_cards.kinds import PhysicalCardKind
from store.tiers import evaluation as tier_evaluation
from store.tiers.tiers import Tier

ID_NUMBER = "11010519491231002X"
FORM = {
    "name": "王小美", "id_number": ID_NUMBER, "phone": "13800138000", "email": "mei@example.com", "province": "上海市",
    "city": "上海市", "district": "黄浦区", "detail": "南京东路 1 号 2 楼",
}  # fmt: skip
STOCK = "卡号,激活码\n6200000000000000001,123456\n6200000000000000002,654321\n"
NUMBER, OTHER_NUMBER = "6200000000000000001", "6200000000000000002"


def create_kinds() -> tuple[PhysicalCardKind, PhysicalCardKind]:
    """A kind of the base tier and one of the tier gold."""
    base, gold = (Tier.get(Tier.code == code) for code in ("base", "gold"))
    return (
        kinds.create(code="plain", name="普通卡", tier=base),
        kinds.create(code="gold", name="金卡", tier=gold),
    )


def import_stock(kind: PhysicalCardKind, text: str = STOCK) -> None:
    imports.import_all(imports.parse(text), kind=kind)


def apply(member: Member, key: str = "a", **changes: str) -> CardApplication:
    purpose = changes.pop("purpose", "new")
    return applications.submit(member=member, values={**FORM, **changes}, key=key, purpose=purpose)


def raise_tier(member: Member, code: str = "gold") -> None:
    """Give a member a tier by hand."""
    tier_evaluation.change_tier(member=member, tier=Tier.get(Tier.code == code), reason="测试")
