"""The page "Modelo de datos": tables, columns, keys, units and states, written from the catalogue."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final

import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.catalog.value_states import value_states
from pipeline.core import spanish
from pipeline.site.downloads.api import GRAINS, aggregation
from pipeline.store.parts import SERIES_SCHEMA, VERSION

_TYPES: Final = MappingProxyType(
    {"string": "texto", "timestamp[ms]": "fecha y hora", "double": "número", "date32[day]": "fecha"}
)
#: Columns of a row of the lake; a test asks for the words of every column there is.
COLUMNS: Final = MappingProxyType(
    {
        "metric": ("Sí", "Código de la métrica, el mismo de XM o SIMEM."),
        "entity": ("Sí", "De qué es el valor: el sistema, un recurso, un agente, un embalse."),
        "code": ("Sí", "Código de la planta, el agente o el embalse; «Sistema» en las series nacionales."),
        "ts": ("Sí", "Comienzo de la hora o del día, hora de Colombia, sin zona horaria."),
        "value": ("No", "El valor en la unidad de la métrica. Si falta, falta la fila: nunca es cero ni vacío."),
        "quality": ("No", "Estado del valor; los estados están abajo."),
        "version": (
            "Sí",
            "Versión de la liquidación (TX1, TX2, TXR, TXF), solo en las series que las conservan todas.",
        ),
    }
)
_DAILY: Final = (
    ("entity", "texto", "Sí", "Como en la tabla por horas."),
    ("code", "texto", "Sí", "Como en la tabla por horas."),
    ("day", "fecha", "Sí", "Día de Colombia."),
    ("value", "número", "No", "El día, agregado como dice cada métrica en la columna «Por día»."),
    (
        *("hours", "entero", "No"),
        "Horas con dato, donde un día debe tener las 24. Vacío en lo que la fuente publica por día y "
        "en lo que suman plantas, agentes o enlaces: XM deja en blanco la hora en la que uno de ellos no tuvo nada.",
    ),
    ("quality", "texto", "No", "El estado más débil de sus horas."),
)


def data_model(catalog: Catalog) -> str:
    """Return the body of the page: rows, states, entities, and each metric with its unit, grain and rule of the day."""
    columns = [(f.name, _type(f.type), *COLUMNS[f.name]) for f in [*SERIES_SCHEMA, VERSION]]
    entities = [(f"`{k.id}`", k.plural, k.description, _code(k.listed_in)) for k in catalog.entities.values()]
    series = [m for m in catalog.metrics.values() if m.grain != "list"]
    heads = ("Columna", "Tipo", "Clave", "Qué es")
    parts = [
        _title("filas", "Una fila del lago"),
        _table("Columnas de los archivos Parquet", heads, [(_code(name), *rest) for name, *rest in columns]),
        _title("dias", "La tabla por días"),
        _table("Columnas de las tablas por día", heads, [(_code(name), *rest) for name, *rest in _DAILY]),
        _title("estados", "Estados de un valor"),
        state_table(),
        _title("entidades", "Entidades"),
        _table("Entidades", ("Entidad", "Nombre", "Qué es", "Códigos en"), entities),
        _title("metricas", "Métricas"),
        *_themes(catalog, series),
        _title("listados", "Listados"),
        *_lists(catalog),
    ]
    return "\n".join(parts)


def state_table() -> str:
    """Return the states of a value with their words, the worst first."""
    rows = [
        (f"`{state.id}`", state.label, state.description, "Sí" if state.quotable else "No")
        for state in value_states().values()
    ]
    return _table("Estados de un valor", ("Código", "Estado", "Qué quiere decir", "Se cita"), rows)


def _themes(catalog: Catalog, series: Sequence[Metric]) -> Iterable[str]:
    heads = ("Tabla", "Métrica", "Entidades", "Granularidad", "Unidad", "Por día", "Rezago usual")
    for theme in sorted(catalog.themes.values(), key=lambda t: (t.order, t.id)):
        rows = [
            (
                f'<a href="../metricas/{m.id}/"><code>{m.id}</code></a>',
                html.escape(m.title),
                html.escape(", ".join(m.entities)),
                GRAINS[m.grain],
                html.escape(spanish.unit_label(m.unit.stored)) or "—",
                aggregation(m),
                spanish.plural(m.lag_days, "día", "días"),
            )
            for m in series
            if m.theme == theme.id
        ]
        if rows:
            yield f'<h3 id="tema-{html.escape(theme.id)}">{html.escape(theme.title)}</h3>'
            yield _table(theme.title, heads, rows, raw=True)


def _lists(catalog: Catalog) -> Iterable[str]:
    rows = [
        (f"`{m.id}`", m.title, ", ".join(["code", "ts", *(c for c in m.columns.values() if c not in ("code", "ts"))]))
        for m in catalog.metrics.values()
        if m.grain == "list"
    ]
    yield _table("Listados", ("Tabla", "Qué lista", "Columnas"), rows)


def _title(anchor: str, words: str) -> str:
    return f'<h2 id="{anchor}">{words}</h2>'


def _code(name: str | None) -> str:
    return f"`{name}`" if name else "—"


def _cell(text: str) -> str:
    """Return a cell; a text between grave accents is a name of the data."""
    inner = text.removeprefix("`").removesuffix("`")
    return f"<code>{html.escape(inner)}</code>" if inner != text else html.escape(text)


def _table(name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, raw: bool = False) -> str:
    head = "".join(f'<th scope="col">{words}</th>' for words in heads)
    lines = [[cell if raw else _cell(cell) for cell in row] for row in rows]
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in lines
    )
    return (
        f'<div class="pe-scroll" tabindex="0" role="region" aria-label="{html.escape(name)}"><table class="pe-table">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _type(kind: pa.DataType) -> str:
    return _TYPES.get(str(kind), str(kind))
