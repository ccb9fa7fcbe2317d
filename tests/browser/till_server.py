"""A small fake of the till's JSON routes: sales in memory, behind `page.route`, with the answers of the contract.

Every write needs an `Idempotency-Key`; a repeat gets the first answer. `down` loses requests before they arrive,
`lose_answers` carries them out and loses the answer.
"""

import itertools
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route

LABELS = {"1": "微信支付", "2": "支付宝"}
COUPONS = [
    {"code": "6000000000000001", "name": "满 20 减 5", "usable": True, "reason": ""},
    {"code": "6000000000000002", "name": "周末买一送一", "usable": False, "reason": "仅限周末使用"},
]
MEMBER = {
    "id": "mem_1", "name": "王小梅", "card": "8000000000000001", "phone": "138****0001", "tier": "金卡会员",
    "points": 1280, "stored_value_fen": 20_000, "coupons": COUPONS,
}  # fmt: skip
SLIP = "<html><head><style>body{font:14px monospace}</style></head><body><h1>小票</h1><p>合计 %s</p></body></html>"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 3"><path d="M0 0h1v1h-1zM2 1h1v2h-2z"/></svg>'


class Refused(Exception):
    """A domain error: status, code and the sentence for the cashier."""


class TillServer:
    """`requests` are (method, path, body) of the writes that were carried out."""

    def __init__(self) -> None:
        self.sales: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.answers: dict[str, tuple[int, Any]] = {}
        self.news: list[dict[str, Any]] = []
        self.shift: dict[str, Any] | None = None
        self.rights = ["sell", "lower_price", "refund", "top_up", "adjust_points"]
        self.next_charge = "paid"
        self.down = self.lose_answers = False
        self._numbers = itertools.count(1)

    def install(self, page: Page) -> None:
        """Answer the requests of a page."""
        page.route(re.compile(r"/till/(?!js)"), self._handle)

    def finish_charge(self, number: str, outcome: str, message: str = "") -> None:
        """End the waiting payment of a sale and tell it in the news."""
        sale = self.sales[number]
        sale["payments"][-1] |= {"state": "succeeded" if outcome == "paid" else "failed", "message": message}
        self._settle(sale)
        kind = "payment_succeeded" if outcome == "paid" else "payment_failed"
        self.tell(kind, message or "收款成功", number)

    def tell(self, kind: str, message: str, number: str = "") -> None:
        """Add news."""
        item = {"kind": kind, "sale_number": number, "message": message, "at": _later(0)}
        self.news.append({"id": len(self.news) + 1, **item})

    def _handle(self, route: Route) -> None:
        request = route.request
        url = urlsplit(request.url)
        if "/static/" in url.path:
            return route.fallback()
        if self.down:
            return route.abort("internetdisconnected")
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        body = json.loads(request.post_data) if request.post_data else query
        status, data = self._answer(request.method, url.path, body, request.headers.get("idempotency-key"))
        if self.lose_answers and request.method != "GET":
            return route.abort("connectionreset")
        envelope = {"code": 0, "msg": "ok", "data": data} if status == 200 else data
        return route.fulfill(status=status, json=envelope)

    def _answer(self, method: str, path: str, body: Any, key: str | None) -> tuple[int, Any]:
        if method == "GET":
            return self._run(method, path, body)
        assert key, f"{method} {path} has no Idempotency-Key"
        if key not in self.answers:
            self.requests.append((method, path, body))
            self.answers[key] = self._run(method, path, body)
        return self.answers[key]

    def _run(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        for pattern, work in ROUTES.items():
            verb, _, form = pattern.partition(" ")
            found = re.fullmatch(form.replace("{}", "([^/]+)"), path)
            if verb == method and found:
                try:
                    return 200, json.loads(json.dumps(work(self, body, *found.groups())))
                except Refused as refused:
                    status, code, message = refused.args
                    return status, {"code": code, "msg": message, "data": None}
        raise AssertionError(f"no route for {method} {path}")

    def sign_in(self, body: Any) -> Any:
        if body["pin"] != "123456":
            raise Refused(401, "pin_wrong", "PIN 不正确，还可以试 4 次")
        return {"token": "acme.token", "expires_at": _later(720), **self._who()}

    def session(self, _: Any) -> Any:
        settings = {"round_down_to_fen": 10, "paper_columns": 32, "points_per_yuan": 100}
        return {**self._who(), "shift": self.shift, "settings": settings}

    def _who(self) -> dict[str, Any]:
        store = {"id": "sho_1", "name": "望京店"}
        return {
            "expires_at": _later(720),
            "terminal": {"code": "T1", "name": "1 号台", "store": store},
            "cashier": {"number": "01", "name": "小李", "rights": self.rights},
        }

    def open_sale(self, body: Any) -> Any:
        number = f"9{next(self._numbers):019d}"
        sale = {
            "number": number, "state": "open", "parked": False, "lines": [], "discounts": [], "tenders": [],
            "payments": [], "member": None, "points_most": {"points": 500, "fen": 500}, "earned": None,
            "actions": [], "created_at": _later(0), "ends_at": _later(30),
        }  # fmt: skip
        self.sales[number] = sale
        return self._price(sale, body)

    def change_sale(self, body: Any, number: str) -> Any:
        return self._price(self.sales[number], body)

    def _price(self, sale: dict[str, Any], body: Any) -> Any:
        if "amount_fen" in body:
            body = body | {"lines": [{"name": "收款", "unit_price_fen": body["amount_fen"], "quantity": 1}]}
        if "lines" in body:
            sale["amount_only"] = "amount_fen" in body
            sale["lines"] = [_line(index, line) for index, line in enumerate(body["lines"], 1)]
        if "member" in body:
            sale["member"] = MEMBER if body["member"] else None
        sale["parked"] = body.get("parked", sale["parked"])
        self._lower(sale, body)
        self._settle(sale)
        return sale

    def _lower(self, sale: dict[str, Any], body: Any) -> None:
        wanted = {
            "coupon_codes": ("discounts", "coupon", "满 20 减 5", 500),
            "points": ("tenders", "points", "500 积分", 500),
            "round_down": ("discounts", "round_down", "抹零", 5),
        }
        for name, (place, kind, sentence, fen) in wanted.items():
            if name in body:
                sale[place] = [one for one in sale[place] if one["kind"] != kind]
                sale[place] += [{"kind": kind, "sentence": sentence, "fen": fen}] if body[name] else []
        if body.get("discount"):
            if "lower_price" not in self.rights and body["discount"].get("manager_pin") != "999999":
                raise Refused(403, "right_missing", "店长 PIN 不正确")
            fen = sum(line["list_fen"] for line in sale["lines"]) * body["discount"].get("percent", 0) // 100
            sale["discounts"].append({"kind": "staff", "sentence": "店员折扣", "fen": fen})
        if body.get("stored_value"):
            fen = body["stored_value"]["amount_fen"]
            sale["tenders"].append({"kind": "stored_value", "sentence": "储值", "fen": fen})

    def _settle(self, sale: dict[str, Any]) -> None:
        sale["list_fen"] = sum(line["list_fen"] for line in sale["lines"])
        sale["discount_fen"] = sum(one["fen"] for one in sale["discounts"])
        sale["total_fen"] = sale["list_fen"] - sale["discount_fen"]
        held = sum(one["fen"] for one in sale["tenders"])
        taken = sum(one["amount_fen"] for one in sale["payments"] if one["state"] == "succeeded")
        sale["paid_fen"], sale["due_fen"] = taken, sale["total_fen"] - held - taken
        pending = any(one["state"] == "pending" for one in sale["payments"])
        sale["state"] = "paid" if not sale["due_fen"] else "paying" if pending else "open"
        if sale["state"] == "paid" and sale["member"]:
            sale["earned"] = {"points": taken // 100, "coupons": []}

    def get_sale(self, _: Any, number: str) -> Any:
        if number not in self.sales:
            raise Refused(404, "not_found", "没有找到这张单据")
        return self.sales[number]

    def close_sale(self, _: Any, number: str) -> Any:
        return self.sales[number] | {"state": "closed"}

    def list_sales(self, _: Any) -> Any:
        return {"list": [sale for sale in self.sales.values() if sale["state"] in ("open", "paying")]}

    def _pay(self, number: str, kind: str, label: str, amount_fen: int, **fields: Any) -> Any:
        sale = self.sales[number]
        if sale["state"] == "paid":
            raise Refused(409, "already_paid", "这张单据已经付清")
        payment = {
            "number": f"P{len(sale['payments'])}",
            "kind": kind,
            "label": label,
            "amount_fen": amount_fen,
        }
        payment |= {"received_fen": amount_fen, "change_fen": 0, "state": "succeeded", "message": ""} | fields
        sale["payments"].append(payment)
        self._settle(sale)
        return sale

    def charge(self, body: Any, number: str) -> Any:
        states = {"paid": "succeeded", "waiting": "pending", "failed": "failed"}
        message = "余额不足，请换一种方式" if self.next_charge == "failed" else ""
        label = LABELS[body["auth_code"][0]]
        due = self.sales[number]["due_fen"]
        sale = self._pay(number, "wechat_code", label, due, state=states[self.next_charge], message=message)
        return {"state": self.next_charge, "message": message, "sale": sale}

    def take_cash(self, body: Any, number: str) -> Any:
        due = self.sales[number]["due_fen"]
        taken, received = min(due, body["received_fen"]), body["received_fen"]
        sale = self._pay(number, "cash", "现金", taken, received_fen=received, change_fen=received - taken)
        return {"change_fen": received - taken, "sale": sale}

    def take_card(self, body: Any, number: str) -> Any:
        return {"sale": self._pay(number, "bank_card", f"银行卡 {body['tail']}", body["amount_fen"])}

    def show_code(self, body: Any, number: str) -> Any:
        label = LABELS["1" if body["platform"] == "wechat" else "2"]
        sale = self._pay(number, "wechat_native", label, self.sales[number]["due_fen"], state="pending")
        return {"code_url": "weixin://pay", "svg": SVG, "expires_at": _later(5), "sale": sale}

    def reverse(self, _: Any, number: str) -> Any:
        sale = self.sales[number]
        sale["payments"][-1]["state"] = "closed"
        self._settle(sale)
        return {"state": "reversed", "message": "未付款，已撤销", "sale": sale}

    def refund(self, body: Any, number: str) -> Any:
        return {
            "sale": self.sales[number],
            "by_payment": {},
            "stored_value_fen": 0,
            "points_fen": 0,
            "refund_fen": sum(line.get("amount_fen", 0) for line in body["lines"]),
        }

    def slip(self, _: Any, number: str) -> Any:
        return {"html": SLIP % self.sales[number]["total_fen"], "escpos": None}

    def find_members(self, body: Any) -> Any:
        return {"list": [MEMBER] if body["q"] in ("13800000001", MEMBER["card"]) else []}

    def change_member(self, _: Any, __: str) -> Any:
        return {
            "state": "paid",
            "message": "",
            "number": "T1",
            "amount_fen": 0,
            "bonus_fen": 0,
            "change_fen": 0,
        }

    def redeem(self, body: Any) -> Any:
        return {"code": body["code"], "name": "满 20 减 5", "value_fen": 500, "payable_fen": 0}

    def list_news(self, body: Any) -> Any:
        after = int(body.get("after", 0))
        return {"list": [item for item in self.news if item["id"] > after], "next": len(self.news)}

    def open_shift(self, body: Any) -> Any:
        self.shift = {"opened_at": _later(0), "opening_fen": body["opening_fen"], "closed_at": None}
        return self.shift

    def current_shift(self, _: Any) -> Any:
        return self.shift

    def close_shift(self, body: Any) -> Any:
        counted, expected = body["counted_fen"], 20_000
        return {
            **self.shift,
            "counted_fen": counted,
            "expected_fen": expected,
            "difference_fen": counted - expected,
        }


def _line(index: int, line: dict[str, Any]) -> dict[str, Any]:
    fen = line["unit_price_fen"] * line["quantity"]
    known = {"name": line["name"], "quantity": line["quantity"], "unit_fen": line["unit_price_fen"]}
    return {
        "line": index, "source": str(index), "gift": False, **known, "list_fen": fen, "goods_fen": fen,
        "returned": 0,
    }  # fmt: skip


def _later(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


ROUTES: dict[str, Callable[..., Any]] = {
    "POST /till/sessions": TillServer.sign_in,
    "GET /till/session": TillServer.session,
    "DELETE /till/session": lambda *_: {"closed": True},
    "POST /till/sales": TillServer.open_sale,
    "GET /till/sales": TillServer.list_sales,
    "GET /till/sales/{}": TillServer.get_sale,
    "PATCH /till/sales/{}": TillServer.change_sale,
    "DELETE /till/sales/{}": TillServer.close_sale,
    "POST /till/sales/{}/charges": TillServer.charge,
    "POST /till/sales/{}/cash": TillServer.take_cash,
    "POST /till/sales/{}/bank-cards": TillServer.take_card,
    "POST /till/sales/{}/codes": TillServer.show_code,
    "POST /till/sales/{}/reversal": TillServer.reverse,
    "POST /till/sales/{}/refunds": TillServer.refund,
    "GET /till/sales/{}/slip": TillServer.slip,
    "GET /till/members": TillServer.find_members,
    "POST /till/members": lambda *_: MEMBER,
    "POST /till/members/{}/(?:points|top-ups|sms-codes)": TillServer.change_member,
    "POST /till/coupon-redemptions": TillServer.redeem,
    "GET /till/orders": lambda *_: {"list": [], "total": 0, "counts": {}},
    "GET /till/goods": lambda *_: {"list": []},
    "GET /till/news": TillServer.list_news,
    "GET /till/shifts/current": TillServer.current_shift,
    "POST /till/shifts": TillServer.open_shift,
    "POST /till/shifts/current/closing": TillServer.close_shift,
}
