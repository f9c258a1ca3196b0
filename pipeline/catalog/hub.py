"""The format in which forecasts are exchanged: model output of the Hubverse, one row a quantile.

What the portal publishes is written in it, and what others send is read in it, so that the same file that enters this
scorecard enters any other hub. See https://hubverse.io (model output, tasks).
"""

from __future__ import annotations

import re

QUANTILES = {0.025: "lo95", 0.1: "lo80", 0.5: "mean", 0.9: "hi80", 0.975: "hi95"}
"""Level of each column of a forecast; the point is the median, which under logarithms it is."""
COLUMNS = ("origin_date", "target", "horizon", "target_end_date", "output_type", "output_type_id", "value")
"""Day of the submission, series, days ahead, day forecast, `quantile`, its level, value [stored unit]."""
OUTSIDE = ("team", "origin", "h", *QUANTILES.values())
"""Columns of what others sent for one series, as the models' stage reads it; what was not sent is NaN."""
HORIZON = 30
"""Days ahead that are exchanged."""
OUTPUT = "model-output"
OURS = "portalenergetico-publicado"
TEAM = re.compile(r"[A-Za-z0-9_]{1,32}-[A-Za-z0-9_]{1,32}")
"""Team and model, as in the name of its folder and of its files: ``AAAA-MM-DD-team-model.csv``."""
