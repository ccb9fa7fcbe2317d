"""Branding of a tenant: what is not set falls back to the tenant's name."""

import pytest

from store.core.errors import DomainError
from store.tenants import branding, registry, settings
from store.tenants.branding import BrandingSettings


def test_n22_without_settings_the_tenants_own_name_is_used(acme):
    assert branding.read_name() == registry.get_current_name()
    assert branding.read_sms_signature() == registry.get_current_name()
    assert branding.read_sms_signature("短信通道") == "短信通道"


def test_n22_each_tenant_has_its_own(acme):
    settings.change(BrandingSettings, display_name="小二优选", sms_signature="小二", colour="#1971C2")
    assert (branding.read_name(), branding.read_sms_signature("短信通道")) == ("小二优选", "小二")
    assert branding.read_css_colours() == {
        "brand": "#1971c2", "brand-soft": "#e8f1f9", "brand-deep": "#1663ab", "brand-dark": "#124f88",
    }  # fmt: skip
    with registry.use_tenant("rival"):
        assert branding.read_name() == registry.get_current_name() != "小二优选"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("colour", "red"), ("colour", "#fff"), ("colour", "#ffe066"), ("colour", "#e8532c;x"),
        ("sms_signature", "【小二】"), ("sms_signature", "店"), ("sms_signature", "店" * 13),
        ("display_name", "名" * 31), ("display_name", "<b>"), ("logo_url", "javascript:alert(1)"),
        ("logo_url", "//evil.example/x.png"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_rejected(acme, field, value):
    with pytest.raises(DomainError) as rejected:
        settings.change(BrandingSettings, **{field: value})
    assert rejected.value.details["field"] == field
