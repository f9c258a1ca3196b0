"""The forecasts on disk: what the models read from the warehouse, and what they gave into the lake.

Vintages are appended and never rewritten. All else that follows from a series (scores, policy, effects, misses) is
replaced when the series is run again, and stays when it is not. What each series was made from is kept beside its
rows, in the same commit: a lake that is restored, or left as it was, knows what it holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.forecasts import Policy
from pipeline.catalog.load import Catalog
from pipeline.core.log import get_logger
from pipeline.core.run import RunInfo
from pipeline.forecast.agents import FRESH_DAYS, AgentRun, due, run_agents
from pipeline.forecast.agents import SETTINGS as AGENT_SETTINGS
from pipeline.forecast.contract import VALUE_COLUMNS, ModelSettings, SeriesInput
from pipeline.forecast.keys import series_keys, stale
from pipeline.forecast.run import run as run_models
from pipeline.store import warehouse
from pipeline.store.lake import Lake, Manifest

log = get_logger("forecast")

VALUES, KEYS = "_forecast_value", "_forecast_key"
TEXTS = ("series", "model", "run_kind", "scenario")
STAMP = pa.timestamp("ms")
Tables = dict[tuple[str, str], pa.Table]


@dataclass(frozen=True)
class Made:
    """What one night made: series run again, agents run again, the model shown of each series run."""

    series: list[str] = field(default_factory=list)
    agents: int = 0
    published: dict[str, str] = field(default_factory=dict)


def forecast(
    draft: Path, catalog: Catalog, lake: Lake, run: RunInfo, code: str, settings: ModelSettings | None = None
) -> Made:
    """Run the series whose inputs are others than last time, and keep what they give.

    Args:
        draft: The warehouse, with the views that the models read.
        catalog: The declarations.
        lake: Where forecasts are kept.
        run: Identity of the run.
        code: Hash of the code of the models.
        settings: Size of the backtest, and who does the work.

    Raises:
        PipelineError: A model's settings are wrong or the lake refuses; nothing is changed.
    """
    settings = settings or ModelSettings()
    manifest = lake.manifest()
    inputs, agents = read_inputs(draft, catalog.forecasts)
    tables: Tables = {}
    made = _run_series(inputs, catalog, run, code, settings, lake, manifest, tables)
    batch = _run_agents(agents, run, code, settings, lake, manifest)
    if batch is not None:
        ran = set(batch.policies["series"])
        changed = {VALUES: batch.values, "_forecast_score": batch.scores, "_forecast_policy": batch.policies}
        _put(tables, lake, manifest, "agents", changed, ran, batch.keys)
        made = replace(made, agents=len(ran))
    if tables:
        with lake.writing():
            transaction = lake.transaction(run.today)
            for (metric, key), table in tables.items():
                mode: Literal["append", "replace"] = "append" if metric == VALUES else "replace"
                transaction.put_table(metric, key, table, mode=mode)
            transaction.commit(run.created)
    return made


def _run_series(
    inputs: Mapping[str, SeriesInput],
    catalog: Catalog,
    run: RunInfo,
    code: str,
    settings: ModelSettings,
    lake: Lake,
    manifest: Manifest,
    tables: Tables,
) -> Made:
    """Run what is stale of the declared series and add what follows to `tables`."""
    policies = catalog.forecasts
    keys, newest = series_keys(inputs, run.today, policies, settings, catalog.corrections, code)
    todo = stale(policies, keys, _kept_keys(lake, manifest, "daily"))
    names = [policy.series for policy in todo]
    if not todo:
        return Made()
    oldest = min((newest[name] for name in names if name in newest), default=run.today)
    known = read_vintages(lake, manifest, ("daily", "hourly"), oldest, settings)
    result = run_models(inputs, run.today, todo, settings, known, catalog.corrections)
    for note in result.notes:
        log.info("forecast note", series=note.series, model=note.model, kind=note.kind, text=note.text)
    changed = {
        VALUES: result.values,
        "_forecast_score": result.scores,
        "_forecast_policy": result.policies,
        "_forecast_effect": result.effects,
        "_forecast_miss": result.misses,
    }
    _put(tables, lake, manifest, "daily", changed, set(names), keys)
    if len(result.hourly):
        tables[VALUES, "hourly"] = as_table(result.hourly, hours=True)
    return Made(names, 0, result.published)


def _run_agents(
    agents: pd.DataFrame, run: RunInfo, code: str, settings: ModelSettings, lake: Lake, manifest: Manifest
) -> AgentRun | None:
    """Run the agents whose days are others than a week ago; None where none is due."""
    size = replace(AGENT_SETTINGS, workers=settings.workers, dask=settings.dask)
    known = read_vintages(lake, manifest, ("agents",), run.today - dt.timedelta(days=FRESH_DAYS), size)
    if agents.empty or not due(known, run.today):
        return None
    done = _kept_keys(lake, manifest, "agents")
    batch = run_agents(agents, run.today, known, size, done, code)
    return None if batch.keys == done else batch


def _put(
    tables: Tables,
    lake: Lake,
    manifest: Manifest,
    key: str,
    changed: Mapping[str, pd.DataFrame],
    ran: set[str],
    keys: Mapping[str, str],
) -> None:
    """Add to `tables` what a run changes: new vintages, and the other tables with the rows of what did not run."""
    for metric, frame in changed.items():
        if metric != VALUES:
            old = lake.read(metric, key, manifest)
            tables[metric, key] = merged(old, as_table(frame, hours="target" in frame), ran, list(keys))
        elif len(frame):
            tables[metric, key] = as_table(frame)
    tables[KEYS, key] = pa.table({"series": list(keys), "key": list(keys.values())})


def merged(old: pa.Table, new: pa.Table, ran: Collection[str], order: Sequence[str]) -> pa.Table:
    """Return the rows of a table after a run: new ones of the series that ran, old ones of the others that still are.

    Args:
        old: Rows of the lake; empty when there are none.
        new: Rows of this run.
        ran: Series that were run.
        order: All series, in the order of their rows.
    """
    if not old.num_rows:
        return new
    stay = pa.array(sorted(set(order) - set(ran)), pa.string())
    kept = old.filter(pc.is_in(old["series"], value_set=stay))
    if not kept.num_rows:
        return new
    both = pa.concat_tables([new, kept], promote_options="default") if new.num_rows else kept
    place = pc.index_in(both["series"], value_set=pa.array(order, pa.string()))
    # Arrow's sort is stable: the rows of a series stay in the order in which they were made.
    return both.take(pc.sort_indices(place))


def _kept_keys(lake: Lake, manifest: Manifest, key: str) -> dict[str, str]:
    """Return what the rows in the lake were made from, by series."""
    table = lake.read(KEYS, key, manifest)
    if not table.num_rows:
        return {}
    return dict(zip(table["series"].to_pylist(), table["key"].to_pylist(), strict=True))


def read_vintages(
    lake: Lake, manifest: Manifest, keys: Sequence[str], newest: dt.date, settings: ModelSettings
) -> pd.DataFrame:
    """Return the forecasts of earlier runs that a run may read, columns ``VALUE_COLUMNS``; none is an empty frame.

    Only the windows that scores and bands are made of (`ModelSettings.memory_days`, `live_days`) before the newest
    day: night four hundred reads no more than the nights before it did.

    Args:
        lake: The lake.
        manifest: Its state.
        keys: Of `daily`, `hourly` and `agents`.
        newest: Oldest of the newest days of the series to run.
        settings: The windows.
    """
    first = {"backtest": newest - dt.timedelta(days=settings.memory_days)}
    first["live"] = newest - dt.timedelta(days=settings.live_days)
    found = []
    for part in (part for key in keys for part in manifest.of(VALUES, key)):
        # Parts of a log end on the day their last row was issued, which no origin is after.
        if part.max_ts and part.max_ts[:10] < min(first.values()).isoformat():
            continue
        rows = lake.rows(part)
        young = [
            pc.and_(pc.equal(rows["run_kind"], kind), pc.greater_equal(rows["origin"], pa.scalar(day, pa.date32())))
            for kind, day in first.items()
        ]
        rows = rows.filter(pc.or_(*young))
        found.append(rows.set_column(rows.column_names.index("target"), "target", rows["target"].cast(STAMP)))
    if not any(rows.num_rows for rows in found):
        return pd.DataFrame(columns=list(VALUE_COLUMNS))
    table = pa.concat_tables(found, promote_options="default")
    columns: dict[str, pa.ChunkedArray] = {}
    for name in VALUE_COLUMNS:
        # Of a release before, a column may be absent. Texts are a few words, millions of times.
        column = table[name] if name in table.column_names else pa.chunked_array([pa.nulls(len(table), pa.string())])
        columns[name] = pc.fill_null(column, "").dictionary_encode() if name in TEXTS else column
    frame: pd.DataFrame = pa.table(columns).unify_dictionaries().to_pandas(date_as_object=False)
    return frame


def read_inputs(path: Path, policies: Iterable[Policy]) -> tuple[dict[str, SeriesInput], pd.DataFrame]:
    """Return the history of each forecast series, and that of the agents in one frame, from the domain layer."""
    with warehouse.connect(path) as con:
        drivers = con.execute("SELECT name, day, value FROM forecast_driver ORDER BY name, day").df()
        table = drivers.assign(day=pd.to_datetime(drivers["day"])).pivot_table(
            index="day", columns="name", values="value", aggfunc="last"
        )
        inputs = {}
        for policy in policies:
            if policy.grain == "hourly":
                view, columns = "forecast_input_hourly", "ts, value, quality"
            else:
                view, columns = "forecast_input", "day, value, hours, quality, reference"
            sql = f"SELECT {columns} FROM {view} WHERE series = ? ORDER BY 1"
            frame = con.execute(sql, [policy.series]).df()
            reference = None
            if "reference" in frame and frame["reference"].notna().any():
                known = frame[frame["reference"].notna()]
                reference = pd.Series(known["reference"].to_numpy(), index=pd.to_datetime(known["day"]))
            frame = frame.drop(columns="reference", errors="ignore")
            inputs[policy.series] = SeriesInput(frame, reference, table if policy.drivers else None)
        agents = con.execute(
            "SELECT series, day, value, hours, quality FROM forecast_input_agents ORDER BY series, day"
        ).df()
    return inputs, agents


def as_table(frame: pd.DataFrame, *, hours: bool = False) -> pa.Table:
    """Return a forecast table as the lake keeps it: days as dates, texts plain; `hours`: targets as milliseconds."""
    made = frame.copy()
    columns: dict[str, pa.DataType] = {"h": pa.int32(), "n": pa.int32(), "origins": pa.int32(), "horizon": pa.int32()}
    for name in ("issued", "origin", "target"):
        if name not in made:
            continue
        stamps = pd.to_datetime(made[name])
        timed = hours and name == "target"
        columns[name] = STAMP if timed else pa.date32()
        made[name] = stamps if timed else stamps.dt.date
    table = pa.Table.from_pandas(made, preserve_index=False)
    # Texts as the lake reads them back, or a night could not be added to the last one; a column without any is text.
    texts = [f.name for f in table.schema if pa.types.is_large_string(f.type) or pa.types.is_null(f.type)]
    columns = dict.fromkeys(texts, pa.string()) | columns
    schema = pa.schema([field.with_type(columns.get(field.name, field.type)) for field in table.schema])
    return table.cast(schema)
