"""Telling XM from an emulator: a build prints whose data it shows, and never mixes them."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.core.errors import SourceUnavailable
from pipeline.core.run import DataSource
from pipeline.core.settings import LOOPBACK
from pipeline.ingest.transport import trust

HEADER = "X-Portal-Emulator"


def identify(base_url: str, ca_bundle: Path | None = None) -> DataSource:
    """Return whose data `base_url` serves: `xm`, or what the emulator on the loopback says it is.

    Args:
        base_url: Address of XM or of an emulator.
        ca_bundle: Authorities to trust besides the machine's.

    Raises:
        SourceUnavailable: Nothing answers on the loopback address, or it shows a certificate nobody vouches for.
    """
    if urlsplit(base_url).hostname not in LOOPBACK:
        return "xm"
    secure = urllib.request.HTTPSHandler(context=trust(ca_bundle))
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), secure)
    try:
        with direct.open(base_url, timeout=5) as answer:
            told = answer.headers.get(HEADER)
    except urllib.error.HTTPError as error:
        told = error.headers.get(HEADER)
    except OSError as error:
        raise _nobody(base_url, error) from error
    return "simulated" if told == "simulated" else "replayed"


def _nobody(base_url: str, error: OSError) -> SourceUnavailable:
    if isinstance(getattr(error, "reason", error), ssl.SSLError):
        return SourceUnavailable(
            f"The certificate of {base_url} is not accepted",
            hint="if a private authority signs it, name its PEM file in PORTAL_XM_CA_BUNDLE",
            code="tls",
        )
    return SourceUnavailable(f"Nothing answers on {base_url}", hint="start it with ./inv emulator", code="connect")
