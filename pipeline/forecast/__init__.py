"""Forecasts: preparation, forecasters, backtest, bands, vintages. Frames in, frames out."""

from __future__ import annotations

from pipeline.catalog.forecasts import Policy
from pipeline.forecast.contract import ForecastRun, ModelSettings, Note, SeriesInput

__all__ = ["ForecastRun", "ModelSettings", "Note", "Policy", "SeriesInput"]
