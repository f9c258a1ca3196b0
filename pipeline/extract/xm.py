"""XM's API through pydataxm, with its transport replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pandas as pd
from pydantic_core import from_json

from pipeline.catalog.schema import Grain
from pipeline.core.errors import SourceUnavailable
from pipeline.core.log import get_logger
from pipeline.core.settings import Settings
from pipeline.extract.answers import judge_xm
from pipeline.extract.contract import Outcome, Progress, Reply, WindowRequest
from pipeline.extract.engine import Download, blameless
from pipeline.extract.library import ReadDB, posting
from pipeline.extract.pacing import Policy
from pipeline.extract.transport import UNREACHABLE_HINT, Call, Line, Transport, usable
from pipeline.extract.windows import month_start

if TYPE_CHECKING:
    import datetime as dt

_LOG = get_logger("extract")
_HOME = "https://servapibi.xm.com.co"
ENTITIES_KEY: dict[Grain, str] = {
    "hourly": "HourlyEntities",
    "daily": "DailyEntities",
    "monthly": "MonthlyEntities",
    "list": "ListEntities",
}
_PATH: dict[Grain, str] = {"hourly": "hourly", "daily": "daily", "monthly": "monthly", "list": "lists"}


class XmReader(ReadDB):  # type: ignore[misc]
    """`pydataxm.ReadDB` that is quiet until asked, and then asks through our transport.

    Args:
        base_url: Where XM's API lives; the addresses that pydataxm composes are moved there.
        policy: Limits of the run.
        listed: ListadoMetricas as pydataxm shapes it; only `request_data` and `get_collections` need it.
    """

    def __new__(cls, *_args: object, **_kwargs: object) -> XmReader:
        """Accept the arguments of `__init__`, which `ReadDB.__new__` does not (defect D15)."""
        reader: XmReader = object.__new__(cls)
        return reader

    def __init__(self, base_url: str, policy: Policy, listed: pd.DataFrame | None = None) -> None:
        self._base = base_url.rstrip("/")
        self._policy = policy
        self._listed = listed
        super().__init__()

    @property
    def url(self) -> str:
        """Address of the next request of the library's own methods."""
        return self._url

    @url.setter
    def url(self, value: str) -> None:
        self._url = value.replace(_HOME, self._base)

    def all_variables(self) -> pd.DataFrame:
        """Return the known metrics without touching the network (defect D6)."""
        return pd.DataFrame(columns=["MetricId", "Entity", "Type"]) if self._listed is None else self._listed

    def call_of(self, request: WindowRequest) -> Call:
        """Return the HTTP request of one window, as pydataxm would send it."""
        body: dict[str, object] = {"MetricId": request.metric.id, "Entity": request.entity}
        if request.metric.grain != "list":
            body |= {
                "StartDate": request.start.isoformat(),
                "EndDate": request.end.isoformat(),
                "Filter": [],
            }
        return Call(f"{self._base}/{_PATH[request.metric.grain]}", json=body)

    async def async_get_df(self, body: dict[str, object], endpoint: str) -> pd.DataFrame:
        """Return one answer as pydataxm shapes it."""
        async with Transport(self._policy) as transport:
            return await self._frame(transport, body, endpoint)

    async def run_async(self, list_bodies: list[dict[str, object]], endpoint: str) -> pd.DataFrame:
        """Return the answers to `list_bodies`, in their order, as one frame.

        Raises:
            SourceError: One of them has no usable answer.
        """
        async with Transport(self._policy) as transport:
            frames = await asyncio.gather(*(self._frame(transport, body, endpoint) for body in list_bodies))
        return pd.concat(frames, ignore_index=True)

    def request_data(
        self,
        coleccion: str,
        metrica: str,
        start_date: dt.date,
        end_date: dt.date,
        filtros: list[str] | None = None,
    ) -> pd.DataFrame:
        """Do what `ReadDB.request_data` does, asking one calendar month at a time (defect D1).

        Args:
            coleccion: Metric id.
            metrica: Entity.
            start_date: First day.
            end_date: Last day, included.
            filtros: Codes to keep; all when None.
        """
        frames = []
        first = start_date
        while first <= end_date:
            following = month_start(first, 1)
            last = min(end_date, following - pd.Timedelta(days=1).to_pytimedelta())
            frames.append(self._request_month(coleccion, metrica, first, last, filtros))
            first = following
        return pd.concat(frames, ignore_index=True)

    def _request_month(
        self, coleccion: str, metrica: str, first: dt.date, last: dt.date, filtros: list[str] | None
    ) -> pd.DataFrame:
        with asyncio.Runner() as runner:
            # The library looks the loop up instead of making one (defect D10).
            asyncio.set_event_loop(runner.get_loop())
            token = posting.set(self._post)
            try:
                frame: pd.DataFrame = super().request_data(coleccion, metrica, first, last, filtros)
            finally:
                posting.reset(token)
                asyncio.set_event_loop(None)
            return frame

    def _post(self, url: str, body: object) -> bytes:
        call = Call(url.replace(_HOME, self._base), json=body)
        with Line(self._policy) as line:
            return usable(line.ask(call, judge_xm("ListEntities")), call)

    async def _frame(self, transport: Transport, body: dict[str, object], endpoint: str) -> pd.DataFrame:
        call = Call(self.url, json=body)
        document = from_json(usable(await transport.ask(call, judge_xm(endpoint)), call))
        return pd.json_normalize(document["Items"], endpoint, "Date", sep="_")


def fetch_series(
    requests: Sequence[WindowRequest],
    settings: Settings,
    on_reply: Callable[[Reply[WindowRequest]], None],
    *,
    progress: Progress | None = None,
    policy: Policy | None = None,
    longest: dict[str, int] | None = None,
) -> list[Outcome[WindowRequest]]:
    """Ask XM for every window; one that fails never stops the others.

    Args:
        requests: Windows, as `plan_requests` cuts them; asked in this order.
        settings: Address, proxy and limits of XM.
        on_reply: Gets each reply exactly once, one at a time, from one worker thread, as soon as it is there:
            write its bytes to bronze and return. `ok` and `empty` bodies are data; others are not.
        progress: Called with (windows done, windows in all) in the calling thread.
        policy: Limits that differ from those of `settings` (fault tests).
        longest: Longest span each series takes [days], by `Metric/Entity`; what this run learns is added to it.

    Returns:
        Outcomes that tile the requests exactly, in their order; a halved window gives several.

    Raises:
        SourceUnavailable: Nothing at all came back until the source was given up.
        UsageError: The address is neither https nor loopback, or the CA bundle cannot be read.
    """
    limits = policy or Policy.from_settings(settings)
    reader = XmReader(settings.xm_base_url, limits)

    async def run() -> list[Outcome[WindowRequest]]:
        async with Transport(limits) as transport:
            download = Download(
                transport,
                call_of=reader.call_of,
                judge_of=lambda request: judge_xm(ENTITIES_KEY[request.metric.grain]),
                on_reply=on_reply,
                progress=progress,
                longest={} if longest is None else longest,
            )
            outcomes = await download.run(requests)
        if transport.given_up and not transport.answered:
            cause = transport.cause
            raise SourceUnavailable(
                f"XM did not answer once: {cause}", hint=UNREACHABLE_HINT, code=cause, url=settings.xm_base_url
            )
        return blameless(outcomes, transport)

    outcomes = asyncio.run(run())
    counts = dict.fromkeys(("ok", "empty", "retry_later", "permanent", "unsent"), 0)
    for outcome in outcomes:
        counts[outcome.status] += 1
    _LOG.info(
        "fetched",
        windows=len(requests),
        bytes=sum(outcome.size for outcome in outcomes),
        requests=sum(outcome.attempts for outcome in outcomes),
        **counts,
    )
    return outcomes
