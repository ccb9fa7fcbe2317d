"""Versioned texts of a tenant."""

import pytest

from store.core.errors import DomainError
from store.tenants import agreements, audit
from store.tenants.agreements import Agreement
from tests.support import database


def test_a_new_tenant_has_both_texts_with_its_name(acme):
    for text in agreements.list_current():
        assert (text.version, text.published_at) == (1, None)
        assert "{brand}" not in text.text
        assert len(text.text) > 500


def test_a_text_that_is_set_is_the_next_version_and_older_ones_stay(acme):
    first = agreements.publish(kind="terms", text="第一版\r\n第二行\n")
    second = agreements.publish(kind="terms", text="第二版")
    assert (first.version, second.version) == (2, 3)
    assert agreements.get_version("terms", 2).text == "第一版\n第二行"
    assert agreements.get_current("terms").text == "第二版"
    assert agreements.current_versions() == {"terms": 3, "privacy": 1}
    assert [(text.kind, text.version) for text in agreements.list_versions()] == [
        ("terms", 3), ("terms", 2), ("terms", 1), ("privacy", 1),
    ]  # fmt: skip


def test_the_same_text_again_is_no_new_version(acme):
    agreements.publish(kind="privacy", text="政策")
    before = database.dump_rows()
    assert agreements.publish(kind="privacy", text=" 政策\n").version == 2
    assert database.dump_rows() == before


def test_versions_published_at_once_are_numbered_one_after_the_other(acme):
    found = database.run_concurrently(8, lambda n: agreements.publish(kind="terms", text=f"版本 {n}").version)
    assert sorted(found) == list(range(2, 10))


@pytest.mark.parametrize("text", ["", " \n", "字" * 50_001, "a\x00b"])
def test_a_senseless_text_is_refused(acme, text):
    with pytest.raises(DomainError):
        agreements.publish(kind="terms", text=text)
    assert not Agreement.select().exists()


@pytest.mark.parametrize("look_up", [
    lambda: agreements.get_current("other"), lambda: agreements.get_version("terms", 2),
])  # fmt: skip
def test_an_unknown_text_is_not_found(acme, look_up):
    with pytest.raises(DomainError) as refused:
        look_up()
    assert refused.value.status == 404


def test_a_publication_is_audited(acme):
    agreements.publish(kind="terms", text="第一版")
    assert audit.list_entries(limit=1)[0].action == "agreements.publish"
