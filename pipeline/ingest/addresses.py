"""Which addresses are asked, whom they must show a certificate of, and whose data they serve.

A build prints whose data it shows, and never mixes them: where XM is emulated, so are the other sources.
"""

from __future__ import annotations

import functools
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.core.errors import SourceUnavailable, UsageError
from pipeline.core.run import DataSource
from pipeline.core.settings import LOOPBACK, Settings

HEADER = "X-Portal-Emulator"


def check_url(url: str) -> None:
    """Accept https, and http for loopback only.

    Raises:
        UsageError: Any other address.
    """
    if urlsplit(url).scheme == "https" or (urlsplit(url).scheme == "http" and is_local(url)):
        return
    raise UsageError("The source must be reached over https", hint="http:// is accepted for loopback only", url=url)


def is_local(url: str) -> bool:
    """Say whether an address is on this machine."""
    return urlsplit(url).hostname in LOOPBACK


def emulated(settings: Settings) -> str | None:
    """Return the address of the emulator that stands for XM, and so for its neighbours; None where XM is real."""
    return settings.xm_base_url if is_local(settings.xm_base_url) else None


@functools.cache
def trust(ca_bundle: Path | None) -> ssl.SSLContext:
    """Return the context that verifies certificates; loading the machine's authorities takes 30 ms, so once.

    Raises:
        UsageError: The bundle cannot be read.
    """
    context = ssl.create_default_context()
    if ca_bundle is not None:
        try:
            context.load_verify_locations(cafile=ca_bundle)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"The CA bundle cannot be used: {error}",
                hint="PORTAL_XM_CA_BUNDLE must name a PEM file",
                path=ca_bundle,
            ) from error
    return context


def identify(base_url: str, ca_bundle: Path | None = None) -> DataSource:
    """Return whose data `base_url` serves: `xm`, or what the emulator on the loopback says it is.

    Args:
        base_url: Address of XM or of an emulator.
        ca_bundle: Authorities to trust besides the machine's.

    Raises:
        SourceUnavailable: Nothing answers on the loopback address, or it shows a certificate nobody vouches for.
    """
    if not is_local(base_url):
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
