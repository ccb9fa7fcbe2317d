"""Signatures of pushes: each is used once, however many processes receive it."""

from store.official_accounts import conversation
from store.official_accounts.conversation import ProcessedMessage
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue

SIGNATURE = "0" * 40


def test_a07_a_signature_is_claimed_once_and_a_repeat_changes_nothing(account):
    assert conversation.claim_signature(account, SIGNATURE)
    before = database.dump_rows()
    assert not conversation.claim_signature(account, SIGNATURE)
    assert database.dump_rows() == before


def test_a07_one_of_many_concurrent_claims_succeeds(account):
    claims = database.run_concurrently(8, lambda _: conversation.claim_signature(account, SIGNATURE))
    assert sorted(claims) == [False] * 7 + [True]


def test_a07_control_without_the_index_two_claims_succeed(account, monkeypatch):
    monkeypatch.setattr(ProcessedMessage, "find", with_barrier(ProcessedMessage.find))
    with without_index("processed_message_channel_id_number"), without_write_queue():
        assert database.run_concurrently(2, lambda _: conversation.claim_signature(account, SIGNATURE)) == [
            True,
            True,
        ]
