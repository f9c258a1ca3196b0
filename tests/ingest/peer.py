"""What pydataxm answers as it is shipped, in a process of its own: it silences warnings and patches asyncio."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pandas as pd

from pipeline.ingest.sources.xm_cells import LIST_KEYS
from pipeline.ingest.windows import WindowRequest

HOME = "https://servapibi.xm.com.co"
ROOT = Path(__file__).parents[2]
Columns = dict[str, list[str]]


def columns_of(body: bytes, request: WindowRequest) -> Columns:
    """Return a reply shaped as pydataxm shapes it: columns of texts."""
    frame = pd.json_normalize(json.loads(body)["Items"], LIST_KEYS[request.metric.grain], "Date", sep="_")
    if len(frame):
        frame["Date"] = pd.to_datetime(frame["Date"], errors="coerce", format="%Y-%m-%d")
    return _texts(frame)


def ask_pydataxm(url: str, requests: Sequence[WindowRequest]) -> list[Columns]:
    """Return what its `request_data` gives for each window, from the server at `url`."""
    asked = [
        (r.metric.id, r.entity, LIST_KEYS[r.metric.grain].replace("ListE", "ListsE"), str(r.start), str(r.end))
        for r in requests
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.ingest.peer", url],
        cwd=ROOT, input=json.dumps(asked), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[Columns] = json.loads(done.stdout.splitlines()[-1])
    return found


def _texts(frame: pd.DataFrame) -> Columns:
    return {} if frame.empty else {str(name): frame[name].astype(str).tolist() for name in frame}


def main(url: str) -> None:
    """Ask for the windows on standard input and print the frames."""
    from pydataxm import pydataxm

    asked = json.loads(sys.stdin.read())
    known = pd.DataFrame([row[:3] for row in asked], columns=["MetricId", "Entity", "Type"])
    pydataxm.ReadDB.all_variables = lambda _reader: known
    ask, post = aiohttp.ClientSession.post, pydataxm.requests.post  # the addresses are literals inside its functions
    pydataxm.requests.post = lambda address, **rest: post(address.replace(HOME, url), **rest)
    aiohttp.ClientSession.post = lambda session, address, **rest: ask(  # type: ignore[method-assign]
        session, str(address).replace(HOME, url), **rest
    )
    asyncio.set_event_loop(asyncio.new_event_loop())
    reader = pydataxm.ReadDB()
    frames = [
        reader.request_data(metric, entity, dt.date.fromisoformat(start), dt.date.fromisoformat(end))
        for metric, entity, _, start, end in asked
    ]
    sys.stdout.write(json.dumps([_texts(frame) for frame in frames]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
