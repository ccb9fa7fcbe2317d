"""Events of the shipping management of mini-programs, pushed in the background: reminders and pay-outs."""

import threading
from typing import Any

from sandbox import message_xml
from sandbox.accounts import Account
from sandbox.clock import Clock
from sandbox.errors import SandboxError
from sandbox.pushes import Push, Pushes
from sandbox.wechat_pay_orders import PayOrder

REMIND_ACCESS = "trade_manage_remind_access_api"
REMIND_SHIPPING = "trade_manage_remind_shipping"
SETTLEMENT = "trade_manage_order_settlement"
SYSTEM_OPENID = "oWeChatTradeManage"  # the platform itself sends these events
AUTOMATIC, BY_CUSTOMER = 2, 1  # confirm_receive_method
PAID_OUT_AFTER_S = 10 * 86_400
DELAY_S = 0.1


class TradeEvents:
    def __init__(self, *, clock: Clock, pushes: Pushes) -> None:
        self._clock = clock
        self._pushes = pushes
        self._threads: list[threading.Thread] = []
        self.delay_s = DELAY_S

    def report_shipping_later(self, account: Account, order: PayOrder) -> None:
        """Report in the background that an order was shipped, and when its money will be paid out."""
        if account.callback is None:
            return
        timer = threading.Timer(self.delay_s, self.send, args=[SETTLEMENT, account, order])
        timer.daemon = True
        self._threads = [thread for thread in self._threads if thread.is_alive()] + [timer]
        timer.start()

    def send(
        self, name: str, account: Account, order: PayOrder | None = None, *, received: bool = False,
        settled: bool = False,
    ) -> Push:  # fmt: skip
        """Push an event of an account or of one of its orders and return the push. Raises SandboxError."""
        now = self._clock.wall_time()
        fields = {
            "ToUserName": account.original_id, "FromUserName": SYSTEM_OPENID, "CreateTime": now, "MsgType": "event",
            "Event": name, **self._describe(name, order, received=received, settled=settled),
        }  # fmt: skip
        push = Push(xml=message_xml.write(fields))
        return self._pushes.deliver(push, account=account, openid=SYSTEM_OPENID, msg_type="event")

    def wait(self) -> None:
        """Wait until all events are delivered, for tests."""
        for thread in list(self._threads):
            thread.join()

    def _describe(
        self, name: str, order: PayOrder | None, *, received: bool, settled: bool
    ) -> dict[str, Any]:
        if name == REMIND_ACCESS:
            return {"msg": "您的小程序尚未接入发货信息管理服务，请尽快接入"}
        if order is None or not order.is_paid or order.charge is None:
            raise SandboxError("no_such_order", "没有这个已付款的订单", 404)
        named = {
            "transaction_id": order.transaction_id, "merchant_id": order.merchant_id, "sub_merchant_id": "",
            "merchant_trade_no": order.number, "pay_time": int(order.charge.paid_at or 0),
        }  # fmt: skip
        if name == REMIND_SHIPPING:
            return {**named, "msg": "您有已支付的订单超过 48 小时未发货，请尽快发货并上传发货信息"}
        now = self._clock.wall_time()
        return {
            **named, "shipped_time": now, "estimated_settlement_time": now + PAID_OUT_AFTER_S,
            **({"confirm_receive_method": BY_CUSTOMER, "confirm_receive_time": now} if received else {}),
            **({"confirm_receive_method": BY_CUSTOMER if received else AUTOMATIC, "confirm_receive_time": now,
                "settlement_time": now} if settled else {}),
        }  # fmt: skip
