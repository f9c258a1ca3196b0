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
    ("field", "value"),
    [
        ("site_url", "portal.example.org"), ("site_url", "portal.example.org/portal"), ("site_url", "/portal/"),
        ("site_url", "ftp://portal.example.org"), ("site_url", "https://"), ("site_url", "https://x.org/?a=1"),
        ("xm_proxy", "10.0.0.1:3128"), ("llm_base_url", "http://[::1"), ("postgres_url", "garbage"),
        ("postgres_url", "mysql://127.0.0.1/energia"), ("postgres_url", "postgresql://127.0.0.1:many/energia"),
    ],
)  # fmt: skip
def test_an_address_that_is_none_fails_first(field: str, value: str) -> None:
    """An address without scheme or host stops a command before any work, named; a secret one is not shown."""
    with pytest.raises(UsageError, match=f"PORTAL_{field.upper()}") as caught:
        load_settings(**{field: value})
    assert caught.value.exit_code == 2
    assert field != "postgres_url" or value not in str(caught.value)


def test_a_whole_address_is_taken() -> None:
    """A portal below a folder of a host has a good address too."""
    assert load_settings(site_url="https://energia.example.org/portal/").site_url


@pytest.mark.parametrize("content", [b"\xff\xfe PORTAL_WORKERS=1", b"PORTAL_WORKERS=\x00\xc3("])
def test_an_env_file_that_is_no_text_is_named(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `.env` of another encoding is a mistake of a person, told in one line."""
    (tmp_path / ".env").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"\.env"):
        load_settings()
