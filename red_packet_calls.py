"""Calls of WeChat Pay about red packets and transfers: each is followed by the operation that records the answer.

Runs outside of transactions. A number is stored before its first call and never changed; a call without a clear answer
is followed by a query, and sent again under the same number only if the platform does not know it.
"""

import structlog

import platform_clients
from platforms.errors import OutcomeUnknownError, PlatformError, PlatformRejectedError
from platforms.payment_answers import PayoutAnswer
from store.core import clock
from store.payments.merchants import Merchant
from store.red_packets import accounts, red_packets, results, schedule, sending, states
from store.red_packets.accounts import RedPacketAccount
from store.red_packets.red_packets import RedPacket

log = structlog.get_logger("red_packets")


def follow(packet: RedPacket) -> RedPacket:
    """Send, query or cancel a red packet, as it needs by now, and return it with its new state."""
    action = sending.next_action(packet)
    if action == "send":
        return send(packet)
    if action == "query":
        return query(packet)
    if action == "cancel":
        return cancel(packet)
    return packet


def send(packet: RedPacket) -> RedPacket:
    """Send a red packet under its number, unless it has ended, is stopped or paused."""
    begun = sending.begin(packet.number)
    if begun is None:
        return red_packets.get(packet.number)
    try:
        answer = _send(begun)
    except PlatformRejectedError as rejection:
        code = _normalize(rejection.code)
        log.warning("red_packet_rejected", number=packet.number, code=code)
        return results.record_rejection(number=packet.number, code=code, message=rejection.message)
    except OutcomeUnknownError as unknown:
        return _record_unknown(packet, unknown)
    return record(answer)


def query(packet: RedPacket) -> RedPacket:
    """Ask the platform about a number. One that it does not know is sent again, or has failed."""
    try:
        answer = _query(packet)
    except PlatformError as error:
        return _record_unknown(packet, error)
    packet = record(answer)
    if answer.outcome == "not_found" and packet.state == "sending":
        if packet.closing or sending.is_rejected_for_good(packet):
            return results.record_failure(number=packet.number)
        return send(packet)
    if answer.outcome == "waiting" and packet.way == "transfer" and not packet.package and not packet.closing:
        return _fetch_package(packet)
    return packet


def cancel(packet: RedPacket) -> RedPacket:
    """Cancel a transfer that still waits for the person. One that was confirmed by then is received."""
    try:
        answer = _query(packet)
        packet = record(answer)
        if answer.outcome == "waiting":
            client = platform_clients.transfer_client(packet.account.merchant)
            packet = record(client.cancel(number=packet.number))
    except PlatformError as error:
        return _record_unknown(packet, error)
    return packet


def record(answer: PayoutAnswer) -> RedPacket:
    """Record what the platform answered or said in a notice."""
    return results.record_answer(
        number=answer.number, outcome=answer.outcome, amount_fen=answer.amount_fen, merchant_id=answer.merchant_id,
        platform_number=answer.platform_number, package=answer.package, reason=answer.reason, message=answer.message,
    )  # fmt: skip


def _fetch_package(packet: RedPacket) -> RedPacket:
    """Send a transfer again whose answer was lost: only that answer holds what the page needs."""
    try:
        return record(_send(packet))
    except PlatformError as error:
        return _record_unknown(packet, error)


def _send(packet: RedPacket) -> PayoutAnswer:
    merchant: Merchant = packet.account.merchant
    is_transfer = packet.way == "transfer"
    client = (platform_clients.transfer_client if is_transfer else platform_clients.red_packet_client)(
        merchant
    )
    return client.send(
        number=packet.number, amount_fen=packet.amount_fen, app_id=packet.app_id, openid=packet.openid,
        send_name=packet.send_name, title=packet.title, wishing=packet.wishing, scene_id=packet.scene_id,
    )  # fmt: skip


def _query(packet: RedPacket) -> PayoutAnswer:
    merchant: Merchant = packet.account.merchant
    if packet.way == "transfer":
        return platform_clients.transfer_client(merchant).query(number=packet.number)
    return platform_clients.red_packet_client(merchant).query(number=packet.number, app_id=packet.app_id)


def _record_unknown(packet: RedPacket, error: PlatformError) -> RedPacket:
    code = _normalize(error.code)
    log.warning("red_packet_unknown", number=packet.number, code=code)
    return results.record_unknown(number=packet.number, code=code, message=error.message)


def _normalize(code: int | str) -> str:
    return str(code).upper().replace("_", "")


def find_problem(account: RedPacketAccount) -> str | None:
    """Return what keeps a merchant from giving money, in Chinese, or None. It queries a number that was never used."""
    missing = accounts.find_missing_secret(account)
    if missing is not None:
        return missing
    merchant: Merchant = account.merchant
    number = f"{merchant.merchant_id}{schedule.platform_day(clock.now())}{'0' * 10}"
    try:
        if account.way == "transfer":
            platform_clients.transfer_client(merchant).query(number=number)
        else:
            platform_clients.red_packet_client(merchant).query(number=number, app_id=merchant.app_id)
    except PlatformError as error:
        return states.explain(_normalize(error.code), error.message)
    return None
