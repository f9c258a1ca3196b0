"""Forecasts: preparation, forecasters, backtest, bands, vintages. Frames in, frames out."""

from __future__ import annotations

from pipeline.model.contract import ForecastRun, ModelSettings, Note, SeriesInput
from pipeline.model.policies import POLICIES, Policy
from pipeline.model.run import run

__all__ = ["POLICIES", "ForecastRun", "ModelSettings", "Note", "Policy", "SeriesInput", "run"]
