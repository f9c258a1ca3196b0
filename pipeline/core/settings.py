"""The one home of settings: `PORTAL_*` variables, frozen, all listed in `.env.example`."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.core.errors import UsageError

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_PASSWORD = re.compile(r"[a-z+]+://[^/@:]*:([^/@]+)@")


class Settings(BaseSettings):
    """Settings of one run. Times in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="PORTAL_",
        env_file=".env",
        env_file_encoding="utf-8",
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
    )

    xm_base_url: str = "https://servapibi.xm.com.co"
    simem_base_url: str = "https://www.simem.co"
    noaa_base_url: str | None = None
    """Where NOAA's ONI file lies; None: at NOAA, or on the emulator when XM is emulated."""
    xm_files_url: str | None = None
    """Where XM's portal of files answers; None: not asked, or on the emulator when XM is emulated."""
    xm_proxy: str | None = None
    xm_ca_bundle: Path | None = None
    xm_concurrency: int = Field(4, ge=1, le=8)
    xm_connect_timeout: float = Field(20, gt=0)
    xm_read_timeout: float = Field(120, gt=0)
    xm_attempts: int = Field(5, ge=1, le=50)
    xm_backoff: float = Field(2.0, ge=0)
    xm_run_deadline: float = Field(3600, gt=0)
    xm_max_body_mb: int = Field(256, ge=1)
    patience: float = Field(120, gt=0)
    """How long a source may go without a good answer, once it fails, before a run gives it up."""
    requests: int = Field(7200, ge=1)
    """Windows asked of one source in one run."""
    since: dt.date | None = None
    """First day wanted; None: what is kept with the lake."""
    metrics: str | None = None
    """Metrics wanted, comma separated; `all`; None: what is kept with the lake."""
    data_dir: Path = Path("data")
    build_dir: Path = Path("build")
    keep_nights: int = Field(30, ge=1, le=3660)
    """Newest days whose last state of the lake is kept."""
    keep_months: int = Field(12, ge=0, le=600)
    """Past months whose last state of the lake is kept."""
    bronze_days: int = Field(30, ge=0, le=36600)
    """Days that a reply stays after a newer one about its days came; 0: no reply stays after the commit."""
    site_url: str = ""
    assistant_model: str = Field("", pattern=r"^(/[\w.-]+)*$")
    """Path on the portal's own host where an OpenAI-compatible model answers; empty: the assistant has none."""
    host: Literal["pages", "cloudflare", "server"] = "server"
    """Where the site will live; gives the budgets of `core.host` that are not set one by one."""
    max_file_mb: float | None = Field(None, gt=0)
    max_site_mb: float | None = Field(None, gt=0)
    max_files: int | None = Field(None, gt=0)
    csv_mb: float = Field(8, gt=0)
    """A CSV file above this size is cut by year [MB]."""
    csv_year_kb: float = Field(20, gt=0)
    """A series that gains more than this in a year has a file a month in the open year [kB]."""
    postgres_url: SecretStr | None = None
    llm_base_url: str | None = None
    llm_api_key: SecretStr | None = None
    llm_model: str | None = None
    llm_call_seconds: float = Field(60, gt=0, le=3600)
    """How long one answer of a model may take, from connecting to its last byte."""
    llm_total_seconds: float = Field(600, gt=0, le=36000)
    """How long all the models of a run may take: texts never delay a build by more."""
    llm_tokens: int = Field(150_000, ge=1)
    """Tokens that a run may spend."""
    llm_usd: float = Field(1, ge=0)
    """Dollars that a run may spend, as far as a service says what an answer cost."""
    groq_api_key: SecretStr | None = Field(None, validation_alias="GROQ_API_KEY")
    openrouter_api_key: SecretStr | None = Field(None, validation_alias="OPENROUTER_API_KEY")
    workers: int = Field(2, ge=1, le=64)
    dask: str | None = None
    """Address of a Dask scheduler that fits the forecasts, or `local`; None: processes of this machine."""
    log_json: bool = False

    @field_validator("xm_base_url", "simem_base_url", "noaa_base_url", "xm_files_url")
    @classmethod
    def _https_or_loopback(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
            return value.rstrip("/")
        raise ValueError(f"{value!r}: use https:// (http:// is accepted for loopback only)")

    @field_validator("site_url", "llm_base_url", "xm_proxy")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value and not (parts.scheme in {"http", "https"} and parts.hostname):
            raise ValueError(f"{value!r} is no address: write it whole, as https://ejemplo.org/portal/")
        if parts.query or parts.fragment:
            raise ValueError(f"{value!r}: leave out what follows ? or #")
        return value

    @field_validator("postgres_url")
    @classmethod
    def _postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in {"postgresql", "postgres"} or (parts.port or 1) < 1:
                raise ValueError("it is no PostgreSQL address: postgresql://user:password@host:5432/database")
        return value

    def secrets(self) -> list[str]:
        """Return every secret of these settings: keys, and the passwords that addresses carry."""
        values = [getattr(self, name) for name in type(self).model_fields]
        keys = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        texts = [*keys, *(value for value in values if isinstance(value, str))]
        return [*keys, *(found[1] for text in texts if (found := _PASSWORD.match(text)))]


def load_settings(**overrides: object) -> Settings:
    """Return the settings of this environment.

    Raises:
        UsageError: A variable has a value that cannot be used.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        faults = "; ".join(f"{_variable(str(e['loc'][0]))}: {e['msg']}" for e in error.errors())
        raise UsageError(f"Settings cannot be used: {faults}", hint="see .env.example") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The file .env cannot be read: {error}", hint="mend it, or remove it") from error


def _variable(field: str) -> str:
    """Return the variable that sets a field; some are named like their provider's."""
    return f"PORTAL_{field.upper()}" if field in Settings.model_fields else field
