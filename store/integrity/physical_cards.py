"""Plastic cards: a replaced one has its successor, a code is used with its card, a slip is in the purchases."""

from peewee import JOIN, fn

from store.activation_codes.codes import ActivationCode
from store.integrity.check import Check, Rows
from store.physical_cards.applications import CardApplication
from store.physical_cards.cards import PhysicalCard
from store.purchases import Purchase
from store.service_desk.purchases import DeskPurchase
from store.service_desk.returns import DeskReturn


def _find_without_successor() -> Rows:
    successor = PhysicalCard.alias()
    query = PhysicalCard.select(PhysicalCard.id).join(
        successor, JOIN.LEFT_OUTER, on=(successor.replaces == PhysicalCard.id)
    )
    return query.where((PhysicalCard.state == "replaced") & successor.id.is_null()).tuples()


def _find_used_codes_of_stock() -> Rows:
    query = ActivationCode.select(ActivationCode.id, PhysicalCard.number).join(PhysicalCard)
    return query.where(ActivationCode.used_at.is_null(False) & (PhysicalCard.state == "stock")).tuples()


def _find_wrong_applications() -> Rows:
    """Find applications whose state does not fit their card."""
    has_card = CardApplication.card.is_null(False)
    is_sent = CardApplication.state.in_(("mailed", "received"))
    query = CardApplication.select(CardApplication.id, CardApplication.state)
    return query.where((is_sent & ~has_card) | (~is_sent & has_card)).tuples()


def _find_wrong_purchases() -> Rows:
    """Find slips whose purchase is missing, of another amount, or with other returns."""
    back = DeskReturn.select(fn.COALESCE(fn.SUM(DeskReturn.refunded_fen), 0)).where(
        DeskReturn.purchase == DeskPurchase.id
    )
    query = DeskPurchase.select(DeskPurchase.id, DeskPurchase.slip_number).join(
        Purchase, JOIN.LEFT_OUTER, on=(Purchase.order_number == DeskPurchase.order_number)
    )
    wrong = (
        Purchase.id.is_null()
        | (Purchase.paid_fen != DeskPurchase.amount_fen)
        | (Purchase.member != DeskPurchase.member)
        | (Purchase.returned_fen != back)
    )
    return query.where(wrong).tuples()


CHECKS = (
    Check(
        name="physical_cards.successor",
        invariant="已换的实体卡都有新卡",
        message="实体卡 {0}：已换卡，但没有新卡",
        find_violations=_find_without_successor,
    ),
    Check(
        name="activation_codes.used",
        invariant="激活码用过的卡已有会员",
        message="激活码 {0}：已使用，但卡 {1} 未激活",
        find_violations=_find_used_codes_of_stock,
    ),
    Check(
        name="card_applications.cards",
        invariant="已邮寄的申领都有卡，未邮寄的没有",
        message="申领 {0}：状态 {1} 与卡不符",
        find_violations=_find_wrong_applications,
    ),
    Check(
        name="service_desk.purchases",
        invariant="补录的小票与消费记录、退货相符",
        message="补录消费 {0}：小票 {1} 与消费记录不符",
        find_violations=_find_wrong_purchases,
    ),
)
