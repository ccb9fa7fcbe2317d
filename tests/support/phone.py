"""A person's phone with a tenant's mini-program open: it signs in, asks, and repeats what it asked."""

from json import dumps
from typing import Any

from apiflask import APIFlask
from werkzeug.test import TestResponse

from sandbox import openids
from store.customers import followers, sessions
from store.customers.customers import Customer
from store.tenants import channels
from tests.support import consents
from tests.support.api_documentation import ApiDocumentation
from tests.support.sandbox_server import Sandbox


class Phone:
    """Every answer is held against the documentation before the test sees it."""

    def __init__(self, web: APIFlask, sandbox: Sandbox, person: str, tenant: str = "acme") -> None:
        self._client = web.test_client(use_cookies=False)
        self._documentation = ApiDocumentation(web)
        self._sandbox = sandbox
        self.web, self.person, self.tenant = web, person, tenant
        self.token: str | None = None
        self._has_accepted = False

    @property
    def number(self) -> str:
        return self._sandbox.phone_of(self.person)

    def sign_in(self, **options: Any) -> dict[str, Any]:
        """Come in through the mini-program and keep the token."""
        body = {
            "account": f"{self.tenant}-mini",
            "code": self._sandbox.login_code(self.person, self.tenant),
        }
        answer = self.post("/api/sessions", body, **options)
        assert answer.status_code == 201, answer.json
        self.token = answer.json["data"]["token"]
        return answer.json["data"]

    def take_session(self) -> None:
        """Do what `sign_in` and `accept_agreements` do, without requests; their own tests send them."""
        channel = channels.get_by_key(f"{self.tenant}-mini")
        customer = followers.get_or_create_customer(
            channel=channel, source=channel.kind,
            openid=openids.derive_openid(person_id=self.person, appid=channel.appid),
            unionid=openids.derive_unionid(person_id=self.person, open_group=channel.open_group),
        )  # fmt: skip
        self.token = sessions.open_session(customer=customer, channel_id=channel.id)
        consents.accept_all(customer, channel.kind)
        self._has_accepted = True

    def take_session_of(self, customer: Customer) -> None:
        """Sign in as a customer whom another way has made."""
        channel = channels.get_by_key(f"{self.tenant}-mini")
        self.token = sessions.open_session(customer=customer, channel_id=channel.id)
        consents.accept_all(customer, channel.kind)
        self._has_accepted = True

    def accept_agreements(self) -> dict[str, int]:
        """Accept the current versions, as a ticked box beside both links does."""
        found = self.get("/api/agreements", account=f"{self.tenant}-mini").json["data"]["list"]
        versions = {each["kind"]: each["version"] for each in found}
        answer = self.post("/api/me/consents", versions)
        assert answer.status_code == 201, answer.json
        self._has_accepted = True
        return versions

    def press_phone_button(self, **options: Any) -> TestResponse:
        if not self._has_accepted:
            self.accept_agreements()
        code = self._sandbox.phone_code(self.person, self.tenant)
        return self.post("/api/me/phone", {"code": code}, **options)

    def sms_code(self, number: str | None = None) -> str:
        """Ask for a code and read it from the inbox."""
        number = number or self.number
        answer = self.post("/api/sms-codes", {"phone": number, "purpose": "register"})
        assert answer.status_code == 201, answer.json
        return self._sandbox.list_messages(number)[0]["params"]["code"]

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.request("GET", path, query_string=query)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.request("POST", path, json=body, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        address: str = "127.0.0.1",
        json: Any = None,
        **options: Any,
    ) -> TestResponse:
        """One request, with this phone's token unless `headers` say otherwise."""
        sent = dict(headers or {})
        if self.token and headers is None:
            sent["Authorization"] = f"Bearer {self.token}"
        if key is not None:
            sent["Idempotency-Key"] = key
        # Escaped, as clients may send it: the bytes stay ASCII whatever the text is.
        body = {} if json is None else {"data": dumps(json), "content_type": "application/json"}
        answer = self._client.open(
            path, method=method, headers=sent, environ_base={"REMOTE_ADDR": address}, **body, **options
        )
        rule, _ = self.web.url_map.bind("").match(path.partition("?")[0], method, return_rule=True)
        self._documentation.check(
            method=method,
            rule=rule.rule,
            status=answer.status_code,
            body=answer.json,
            mimetype=answer.mimetype,
        )
        return answer
