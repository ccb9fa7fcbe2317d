"""The sentences of promotions (促销文案): why something was taken off, and what is missing for more."""

from store.core import money
from store.pricing.promotions import Promotion, Step
from store.pricing.unit_prices import format_fold


def format_short(fen: int) -> str:
    """Return yuan without decimals if there are none: `500` is `5`."""
    return money.yuan(fen) if fen % 100 else str(fen // 100)


def describe_offer(promotion: Promotion) -> str:
    """Return what a promotion gives before anything is bought, in the words of its discount."""
    if promotion.kind == "special_price":
        return f"{promotion.name}：限时特价"
    if promotion.kind == "bundle":
        return f"{promotion.name}：组合价 {format_short(promotion.price_fen)} 元"
    if promotion.steps:
        steps = (_describe_condition(promotion, step) + _describe_benefit(step) for step in promotion.steps)
        return f"{promotion.name}：{'，'.join(steps)}"
    return f"{promotion.name}：{_describe_offer(promotion)}"


def describe_step(promotion: Promotion, step: Step, times: int = 1) -> str:
    """Return the sentence of a step that was reached."""
    condition = _describe_condition(promotion, step)
    repeated = f"（{times} 次）" if times > 1 else ""
    return f"{promotion.name}：{condition}{_describe_benefit(step)}{repeated}"


def describe_sets(promotion: Promotion, sets: int) -> str:
    """Return the sentence of a line promotion for a number of sets."""
    if promotion.kind == "bundle":
        return f"{promotion.name}：组合价 {format_short(promotion.price_fen)} 元（{sets} 组）"
    return f"{promotion.name}：{_describe_offer(promotion)}（{sets * promotion.get} 件）"


def describe_missing(promotion: Promotion, step: Step, missing_fen: int, missing_units: int) -> str:
    """Return what is missing for a step: `还差 8.00 元减 5 元`."""
    missing = f"{money.yuan(missing_fen)} 元" if missing_fen else f"{missing_units} 件"
    return f"还差 {missing}{_describe_benefit(step)}"


def describe_missing_units(promotion: Promotion, missing: int) -> str:
    """Return how many units are missing for another set of a line promotion."""
    return f"还差 {missing} 件享{_describe_offer(promotion)}"


def describe_gift_shortage(name: str, given: int) -> str:
    return f"赠品“{name}”库存不足，仅送 {given} 件" if given else f"赠品“{name}”已送完，本单不含该赠品"


def _describe_offer(promotion: Promotion) -> str:
    if promotion.off_percent == 100:
        return f"买 {promotion.buy} 送 {promotion.get}"
    fold = "半价" if promotion.off_percent == 50 else f" {format_fold(promotion.off_percent)}"
    if promotion.get == 1:
        return f"第 {promotion.buy + 1} 件{fold}"
    return f"买 {promotion.buy} 件后 {promotion.get} 件{fold}"


def _describe_condition(promotion: Promotion, step: Step) -> str:
    every = "每满" if promotion.repeats else "满"
    if step.from_units:
        return f"{every} {step.from_units} 件"
    return f"{every} {format_short(step.from_fen)} 元" if step.from_fen else ""


def _describe_benefit(step: Step) -> str:
    if step.off_fen:
        return f"减 {format_short(step.off_fen)} 元"
    if step.percent:
        return f"打 {format_fold(step.percent)}"
    return "送" + "、".join(gift.name for gift in step.gifts)
