"""Real history for the bench: a folder of ``<Metric>.<Entity>.parquet`` in source units, and the files beside it.

It is the one module here that reads files. Columns ``code``, ``ts``, ``value``; the files beside are tidy tables of
what XM published of the sources, the system's daily balance and NOAA's index of El Niño.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.core.errors import UsageError

KWH_PER_GWH = 1e6
SOURCES = {
    "HIDRAULICA": "hydro_daily",
    "TERMICA": "thermal_daily",
    "SOLAR": "solar_daily",
    "EOLICA": "wind_daily",
    "COGENERADOR": "cogeneration_daily",
}
ONI_LAG = pd.DateOffset(months=2, days=9)
NOT_ALWAYS_THERE = "AGREGADO BOGOTA"
"""A reservoir that the source lists for one week only: with it the sum would jump by a third."""


@dataclass(frozen=True)
class History:
    """The folder."""

    folder: Path

    def demand(self, since: str) -> SeriesInput:
        """DemaSIN by day [GWh]."""
        rows = self._series("DemaSIN.Sistema", since)
        return SeriesInput(pd.DataFrame({"day": rows["ts"].dt.normalize(), "value": rows["value"] / KWH_PER_GWH}))

    def demand_hours(self, since: str) -> SeriesInput:
        """Hours of the system's demand [GWh]: DemaSIN of the day in the shape of the commercial demand's hours.

        The operators' hours of 2015 to 2023 that the floor was set on are not in the folder; these are, 2020 to 2023.
        """
        rows = self._series("DemaCome.Sistema", since)
        rows = rows[rows["ts"] < pd.Timestamp("2024-01-01")]
        days = self._series("DemaSIN.Sistema", since).set_index("ts")["value"]
        total = rows.groupby(rows["ts"].dt.normalize())["value"].transform("sum")
        scale = days.reindex(rows["ts"].dt.normalize()).to_numpy() / total.to_numpy()
        return SeriesInput(pd.DataFrame({"ts": rows["ts"], "value": rows["value"] * scale / KWH_PER_GWH}))

    def price_hours(self, since: str) -> SeriesInput:
        """Spot price by hour [COP/kWh]."""
        return SeriesInput(self._series("PrecBolsNaci.Sistema", since)[["ts", "value"]])

    def price(self, since: str) -> SeriesInput:
        """Mean spot price of the day [COP/kWh], with relative inflows, which are at hand for longer than the energy."""
        rows = self._series("PrecBolsNaci.Sistema", since)
        hours = rows.groupby(rows["ts"].dt.normalize())["value"]
        frame = pd.DataFrame({"value": hours.mean(), "hours": hours.size()}).rename_axis("day").reset_index()
        return SeriesInput(frame, drivers=self._relative_inflow(since).to_frame())

    def sources(self, since: str) -> dict[str, SeriesInput]:
        """Generation by source and of all, by day [GWh]; 2000 to June 2022, and December 2022 to November 2023."""
        rows = self._beside("generacion_fuente_horaria.parquet")
        rows = rows[rows["ts"] >= pd.Timestamp(since)]
        table = rows.pivot_table(
            index=rows["ts"].dt.normalize().rename("day"), columns="source_type", values="value", aggfunc="sum"
        )
        table = table[list(SOURCES)].fillna(0.0) / KWH_PER_GWH
        found = {name: _daily(table[source]) for source, name in SOURCES.items()}
        return found | {"generation_total_daily": _daily(table.sum(axis=1))}

    def recent_source(self, source: str) -> SeriesInput:
        """Hydro or thermal generation by day [GWh], 2023 on."""
        rows = self._beside("generacion_hidro_termo_diaria.parquet")
        rows = rows[rows["source_type"] == source].sort_values("date")
        values = pd.Series(rows["value"].to_numpy(dtype="float64"), index=pd.to_datetime(rows["date"]))
        return _daily(values.rename_axis("day") / KWH_PER_GWH)

    def inflow(self, since: str) -> SeriesInput:
        """Inflows [GWh], to July 2022, with the index of El Niño."""
        rows = self._series("AporEner.Sistema", since)
        frame = pd.DataFrame({"day": rows["ts"].dt.normalize(), "value": rows["value"] / KWH_PER_GWH})
        return SeriesInput(frame, drivers=self._oni().to_frame())

    def volume(self) -> SeriesInput:
        """Useful volume of the reservoirs [GWh], 2013 to March 2025, with capacity, relative inflows and ONI."""
        columns = {}
        for name in ("VoluUtilDiarEner", "CapaUtilDiarEner"):
            rows = self._series(f"{name}.Embalse", "2013-01-01", code=True)
            rows = rows[rows["code"] != NOT_ALWAYS_THERE]
            columns[name] = rows.groupby("ts")["value"].sum() / KWH_PER_GWH
        inflow = self._relative_inflow("2013-01-01")
        drivers = pd.DataFrame({"inflow": inflow, "capacity": columns["CapaUtilDiarEner"]}).join(
            self._oni(), how="outer"
        )
        return SeriesInput(_daily(columns["VoluUtilDiarEner"].rename_axis("day")).frame, drivers=drivers)

    def exports(self, since: str) -> SeriesInput:
        """Exports by day [GWh]."""
        rows = self._beside("demanda_sin_diaria.parquet")
        rows = rows[(rows["metric"] == "ExpoEner") & (pd.to_datetime(rows["date"]) >= pd.Timestamp(since))]
        values = pd.Series(rows["value"].to_numpy(dtype="float64"), index=pd.to_datetime(rows["date"]))
        days = pd.to_datetime(self._beside("demanda_sin_diaria.parquet")["date"].unique())
        every = pd.DatetimeIndex(days[days >= pd.Timestamp(since)]).sort_values()
        return _daily(values.reindex(every, fill_value=0.0).rename_axis("day") / KWH_PER_GWH)

    def agents(self) -> pd.DataFrame:
        """Demand by retailer and day [GWh], 2020 to 2023, in the columns of the agents' input."""
        rows = self._series("DemaCome.Agente", "2020-01-01", code=True)
        rows = rows[rows["ts"] < pd.Timestamp("2024-01-01")]
        grouped = rows.groupby(["code", rows["ts"].dt.normalize().rename("day")])["value"]
        frame = pd.DataFrame({"value": grouped.sum() / KWH_PER_GWH, "hours": grouped.size()}).reset_index()
        frame["series"] = "retailer_daily:" + frame["code"]
        return frame.assign(quality="ok")[["series", "day", "value", "hours", "quality"]]

    def _relative_inflow(self, since: str) -> pd.Series[float]:
        """Inflows over what is usual, by day."""
        found: pd.Series[float] = self._series("PorcApor.Sistema", since).set_index("ts")["value"].rename("inflow")
        return found

    def _oni(self) -> pd.Series[float]:
        """ONI by the day on which it is known."""
        rows = self._beside("oni_mensual.parquet")
        known = pd.DatetimeIndex(pd.to_datetime(rows["Date"]) + ONI_LAG)
        return pd.Series(rows["ANOM"].to_numpy(dtype="float64"), index=known, name="oni")

    def _series(self, name: str, since: str, *, code: bool = False) -> pd.DataFrame:
        columns = ["code", "ts", "value"] if code else ["ts", "value"]
        frame = self._read(self.folder / f"{name}.parquet", columns)
        return frame[frame["ts"] >= pd.Timestamp(since)]

    def _beside(self, name: str) -> pd.DataFrame:
        return self._read(self.folder.parent / name, None)

    def _read(self, path: Path, columns: list[str] | None) -> pd.DataFrame:
        if not path.is_file():
            raise UsageError(f"No such file: {path}", hint="give a folder of <Metric>.<Entity>.parquet (--data)")
        return pd.read_parquet(path, columns=columns)


def _daily(values: pd.Series[float]) -> SeriesInput:
    frame = values.rename("value").rename_axis("day").reset_index()
    return SeriesInput(frame)


def until(given: SeriesInput, day: str) -> SeriesInput:
    """The input without what came after a day."""
    name = "ts" if "ts" in given.frame else "day"
    last = pd.Timestamp(day) + pd.Timedelta(days=1)
    frame = given.frame[pd.to_datetime(given.frame[name]) < last]
    return SeriesInput(frame, given.drivers)
