"""Results of template and subscribe messages reach their function, also from mini-programs."""

import pytest

from handlers import message_results
from platforms.wechat import webhook
from platforms.wechat.template_results import TemplateResult
from store.official_accounts.conversation import ProcessedMessage
from store.tenants import channels
from tests.support import database
from tests.support.wechat_pushes import WechatAccount, event, push_xml, text

FINISHED = event("TEMPLATESENDJOBFINISH") | {"MsgID": "200163836", "Status": "success"}


@pytest.fixture
def taken(monkeypatch) -> list[tuple]:
    results: list[tuple] = []
    monkeypatch.setattr(
        message_results, "take_result", lambda channel, push: results.append((channel.key, push.results))
    )
    return results


@pytest.fixture(params=["plain", "safe"])
def mini_program(request, acme: str, web) -> WechatAccount:
    channels.add(
        kind="wechat_miniprogram", key="acme-program", name="小二商城", appid="wxprogram", secret="s" * 32,
        token="program-token", encoding_aes_key=database.AES_KEY, mode=request.param,
    )  # fmt: skip
    return WechatAccount(web, "acme-program", "wxprogram", "program-token", request.param)


def test_result_of_an_official_account_is_taken(any_wechat: WechatAccount, taken):
    reply = any_wechat.send("o1", **FINISHED)
    assert (reply.status, reply.body) == (200, "success")
    assert taken == [(any_wechat.key, (TemplateResult("", True, message_id="200163836", status="success"),))]


def test_mini_program_with_a_token_reports_results_and_has_no_conversation(
    mini_program: WechatAccount, taken
):
    assert mini_program.send("o1", **text("签到")).body == "success"
    assert mini_program.send("o1", **event("user_enter_tempsession")).body == "success"
    assert taken == []
    assert not ProcessedMessage.select().exists()
    assert mini_program.send("o1", **FINISHED).body == "success"
    assert len(taken) == 1
    assert mini_program.push(push_xml("o1", **FINISHED), signature="0" * 40).status == 403


def test_failed_result_is_asked_for_again_and_taken_then(account, monkeypatch):
    plain, calls = account("plain"), []

    def fail_once(channel, push):
        calls.append(push.kind)
        if len(calls) == 1:
            raise RuntimeError

    monkeypatch.setattr(message_results, "take_result", fail_once)
    body, query = push_xml("o1", **FINISHED).encode(), plain.signed_query()
    assert [plain.post(body, query).status for _ in range(3)] == [503, 200, 200]
    assert calls == ["template_result"] * 2


def test_other_body_under_a_seen_signature_is_ignored_by_every_process(account, taken):
    plain = account("plain")
    query = plain.signed_query()
    assert plain.post(push_xml("o1", **FINISHED).encode(), query).body == "success"
    webhook._replay_guard._bodies.clear()  # as in another process
    assert plain.post(push_xml("o2", **FINISHED).encode(), query).body == "success"
    assert len(taken) == 1
