"""Settings: documented, checked, safe."""

from pathlib import Path

import pytest

from pipeline.core.errors import UsageError
from pipeline.core.settings import Settings, load_settings

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"


def test_every_setting_is_in_the_example() -> None:
    """`.env.example` names each field, so that nobody has to read the code."""
    text = EXAMPLE.read_text(encoding="utf-8")
    assert len(Settings.model_fields) > 15
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias) if field.validation_alias else f"PORTAL_{name.upper()}"
        assert f"{variable}=" in text, f"{variable} is missing from .env.example"


def test_plain_http_only_on_the_loopback() -> None:
    """XM is asked over TLS; http is for the emulator."""
    assert load_settings(xm_base_url="http://127.0.0.1:9").xm_base_url == "http://127.0.0.1:9"
    with pytest.raises(UsageError, match="https"):
        load_settings(xm_base_url="http://servapibi.xm.com.co")


def test_bad_values_are_named() -> None:
    """A wrong value names its variable and where to look."""
    with pytest.raises(UsageError, match=r"PORTAL_XM_CONCURRENCY.*\.env\.example"):
        load_settings(xm_concurrency=0)


@pytest.mark.parametrize(
    "address", ["energia.example.org", "energia.example.org/portal", "/portal/", "ftp://x.org", "https://x.org/?a=1"]
)
def test_an_address_that_is_not_whole_fails_first_and_named(address: str) -> None:
    """Without its scheme an address would fail last, in MkDocs; here it is named before anything is asked."""
    with pytest.raises(UsageError, match="PORTAL_SITE_URL") as caught:
        load_settings(site_url=address)
    assert caught.value.exit_code == 2
    assert load_settings(site_url="https://energia.example.org/portal/").site_url
