"""What a board says, as text to take elsewhere: an `index.md` beside the page, and `llms.txt`, which lists them.

The sentences and headline figures of the page, with unit, day, state and source: at most `LIMIT` bytes a board.
Readers carry it into an assistant of their own, which then has our figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Board
from pipeline.catalog.value_states import word
from pipeline.core import spanish
from pipeline.core.run import RunInfo

LIMIT: Final = 3000  # bytes
INDEX: Final = "llms.txt"
_SIMULATED: Final = "DATOS SIMULADOS: ninguna cifra es real."
_NOTE: Final = (
    "Cite la cifra con su unidad, su día y la página. XM puede revisar los datos; un pronóstico no es un dato."
)
_HEADLINES: Final = (
    "SELECT h.series, i.label, h.value, i.unit, i.decimals, h.day, h.quality, i.compare = 'month' "
    "FROM headline AS h JOIN series_info AS i USING (series) ORDER BY i.ordinal"
)
_FILES: Final = """\
## Datos

- [Titulares](api/v1/titulares.json): el último valor de cada serie, con unidad, día, estado y comparación
- [Pronósticos](api/v1/pronosticos.json): valor esperado y bandas del 80 y el 95 %
- [Estado del sistema](api/v1/estado-del-sistema.json): índices frente a sus umbrales
- [Métricas](api/v1/metricas.json): catálogo, con unidad, granularidad y rezago
- [Archivos](datos/README.txt): Parquet y CSV de cada serie
- [Glosario](glosario/): qué significa cada término
"""


def page_facts(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, texts: Mapping[str, Mapping[str, object]], run: RunInfo, url: str
) -> dict[str, bytes]:
    """Return the texts by their address from the root.

    Args:
        con: Open warehouse.
        catalog: The declarations.
        texts: Checked texts of the boards, by slug.
        run: Identity of the run.
        url: Public address of the site; empty where it is not known, and then links are relative.
    """
    figures = {
        series: f"- {label}: {spanish.quantity(value, unit, decimals)} "
        f"({spanish.period(day, 'monthly' if monthly else 'daily')}; {word(quality).lower()})"
        for series, label, value, unit, decimals, day, quality, monthly in con.execute(_HEADLINES).fetchall()
    }
    url = f"{url.rstrip('/')}/" if url else ""
    notice = _SIMULATED if run.source == "simulated" else ""
    tree = {
        f"{folder_of(board)}index.md": _board(board, figures, texts.get(board.slug, {}), notice, url)
        for board in catalog.boards.values()
    }
    lines = [f"- [{b.title}]({url}{folder_of(b)}index.md): {b.question}" for b in catalog.boards.values()]
    intro = "> Los datos públicos del sistema eléctrico colombiano: cifras, textos verificados y archivos. Fuente: XM."
    head = ["# Portal Energético de Colombia", intro, *([notice] if notice else []), _NOTE, "## Tableros"]
    listed = "\n\n".join([*head, "\n".join(lines), _FILES.replace("](", f"]({url}") if url else _FILES])
    return {name: text.encode() for name, text in {**tree, INDEX: listed}.items()}


def folder_of(board: Board) -> str:
    """Return the folder of the page of a board, from the root."""
    return "" if board.slug == "inicio" else f"tableros/{board.slug}/"


def _board(board: Board, figures: Mapping[str, str], text: Mapping[str, object], notice: str, url: str) -> str:
    """Return the text of a board; figures are left out from the last one on, not to pass the limit."""
    paragraphs = [str(each) for each in text.get("paragraphs", ())]  # type: ignore[attr-defined]
    told = [figures[name] for name in board.tells if name in figures]
    page = f"Página: {url}{folder_of(board)}. " if url else ""
    source = f"Fuente: Portal Energético de Colombia, con datos de XM. {page}{_NOTE}"
    while True:
        shown = ["\n".join(told)] if told else []
        parts = [f"# {board.title}", f"> {board.question}", *([notice] if notice else []), *paragraphs, *shown, source]
        made = "\n\n".join(parts) + "\n"
        if len(made.encode()) <= LIMIT or not told:
            return made
        told.pop()
