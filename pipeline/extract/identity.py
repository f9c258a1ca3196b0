"""Telling XM from an emulator: a build prints whose data it shows, and never mixes them."""

from __future__ import annotations

import urllib.error
import urllib.request
from urllib.parse import urlsplit

from pipeline.core.errors import SourceUnavailable
from pipeline.core.run import DataSource
from pipeline.core.settings import LOOPBACK

HEADER = "X-Portal-Emulator"


def identify(base_url: str) -> DataSource:
    """Return whose data `base_url` serves: `xm`, or what the emulator on the loopback says it is.

    Raises:
        SourceUnavailable: Nothing answers on the loopback address.
    """
    if urlsplit(base_url).hostname not in LOOPBACK:
        return "xm"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(base_url, timeout=5) as answer:
            told = answer.headers.get(HEADER)
    except urllib.error.HTTPError as error:
        told = error.headers.get(HEADER)
    except OSError as error:
        raise SourceUnavailable(f"Nothing answers on {base_url}", hint="start it with ./inv emulator") from error
    return "simulated" if told == "simulated" else "replayed"
