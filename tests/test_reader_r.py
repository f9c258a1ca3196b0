"""The reader for R gives the days of the portal. Skipped where R or its package jsonlite is not installed."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from pipeline.core.paths import ROOT
from pipeline.site.downloads.reader import reader_files
from pipeline.site.serve import running
from pipeline.store import warehouse
from tests.world import SmallWorld

pytestmark = [pytest.mark.slow]
RSCRIPT = shutil.which("Rscript")


def _told(address: str, folder: Path, code: str) -> str:
    """Return what a few lines of R print after the reader is read in."""
    if RSCRIPT is None or subprocess.run([RSCRIPT, "-e", "library(jsonlite)"], check=False).returncode:
        pytest.skip("R with jsonlite is not here")
    script = folder / "portal.R"
    text = reader_files(ROOT / "templates", address)["datos/lectores/portal.R"]
    assert isinstance(text, bytes)
    script.write_bytes(text)
    line = f"options(warn = 2); source({str(script)!r}, encoding = 'UTF-8'); {code}"
    run = subprocess.run([RSCRIPT, "-e", line], check=True, capture_output=True, text=True, timeout=120)
    return run.stdout


def test_days_in_r_are_the_days_of_the_portal(world: SmallWorld, tmp_path: Path) -> None:
    """Of a national series and of two plants, over a span: every day, value, unit and state."""
    query = """
        SELECT day, code, value, quality FROM metric_daily WHERE metric = ? AND entity = ?
        AND day BETWEEN '2026-03-20' AND '2026-04-12' ORDER BY code, day
    """
    with running(world.paths.site, prefix="/energia/") as url, warehouse.connect(world.paths.warehouse) as con:
        for metric, entity in (("PrecBolsNaci", "Sistema"), ("Gene", "Recurso")):
            call = f"leer('{metric}', entidad = '{entity}', desde = '2026-03-20', hasta = '2026-04-12')"
            told = _told(url, tmp_path, f"write.csv({call}, row.names = FALSE)")
            read = pd.read_csv(io.StringIO(told)).sort_values(["codigo", "fecha"]).reset_index(drop=True)
            native = con.execute(query, [metric, entity]).df()
            assert len(read) == len(native) > 20
            assert read["valor"].to_numpy() == pytest.approx(native["value"].to_numpy(), abs=1e-6)
            assert (pd.to_datetime(read["fecha"]) == native["day"]).all()


def test_what_r_cannot_read_says_what_to_do(world: SmallWorld, tmp_path: Path) -> None:
    """A metric or an entity that is not there, in words."""
    with running(world.paths.site, prefix="/energia/") as url:
        for call, words in {"leer('precbolsnaci')": "¿PrecBolsNaci?", "leer('Gene', 'Planeta')": "Elija una"}.items():
            assert words in _told(url, tmp_path, f"cat(tryCatch({call}, error = conditionMessage))")
