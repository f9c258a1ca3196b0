"""What a built portal says, surface by surface: every figure with its subject, its day and the digits it is shown with.

A figure that is shown with d decimals stands for anything within half a unit of the last one. Figures of one subject
and day agree where all these spans have something in common: that is the display rule, for two surfaces and for nine.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from pipeline.core import spanish

Subject = tuple[str, ...]
_DATE = re.compile(r"(?:(\d{1,2}) )?(" + "|".join(spanish.MONTHS_SHORT) + r") (\d{4})(?:, (\d{1,2}):(\d{2}))?")
_NUMBER = re.compile(r"[−-]?\d{1,3}(?:\.\d{3})*(?:,\d+)?|[−-]?\d+(?:,\d+)?")
_BLOCK = re.compile(r'<(?:div|figure|section) class="(kpi|chart|tableblock)[^"]*" id="([^"]+)"')
_KPI = re.compile(r'<data value="([^"]*)">([^<]*)</data>.*?<time datetime="([^"]*)">([^<]*)</time>', re.DOTALL)
_CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """A figure on a surface: what it may stand for, and its text."""

    surface: str
    low: float
    high: float
    text: str


@dataclass
class Said:
    """Everything that was collected, by subject."""

    figures: dict[Subject, list[Shown]] = field(default_factory=lambda: defaultdict(list))

    def add(self, surface: str, subject: Subject, value: float, decimals: int, text: str = "") -> None:
        """Note a figure shown with so many decimals."""
        half = 0.5 * 10.0**-decimals * (1 + 1e-6) + abs(value) * 1e-9
        self.figures[subject].append(Shown(surface, value - half, value + half, text or f"{value:.{decimals}f}"))

    def shared(self) -> dict[Subject, list[Shown]]:
        """Return what stands on two surfaces or more."""
        return {s: found for s, found in self.figures.items() if len({shown.surface for shown in found}) > 1}

    def apart(self) -> Iterator[str]:
        """Yield the quantities that are told in more than one way."""
        for subject, found in sorted(self.shared().items()):
            if max(shown.low for shown in found) > min(shown.high for shown in found):
                yield f"{' '.join(subject)}: " + "; ".join(f"{s.surface} {s.text}" for s in found)


def number(text: str) -> tuple[float, int] | None:
    """Return a number written in es-CO and its decimals; None for anything else."""
    plain = text.replace("\u00a0", " ").strip()
    if not _NUMBER.fullmatch(plain):
        return None
    whole, _, decimals = plain.replace("−", "-").replace(".", "").partition(",")
    return float(f"{whole}.{decimals or 0}"), len(decimals)


def machine(text: str) -> tuple[float, int] | None:
    """Return a number of a file and its decimals (six at most: files round there)."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value, min(6, len(text.partition(".")[2])) if "e" not in text.lower() else 6


def moment(text: str) -> str:
    """Return a written moment as ISO: `15 nov 2026` → 2026-11-15, `nov 2026` → 2026-11; other texts as they are."""
    found = _DATE.fullmatch(text.replace("\u00a0", " ").strip())
    if not found:
        return text.strip()
    day, month, year, hour, minute = found.groups()
    iso = f"{year}-{spanish.MONTHS_SHORT.index(month) + 1:02d}" + (f"-{int(day):02d}" if day else "")
    return iso + (f" {int(hour):02d}:{minute}:00" if hour else "")


def place(text: str) -> str:
    """Return a position of a file as pages tell it: midnight is its day, a whole number has no point."""
    value = text.removesuffix(" 00:00:00")
    return f"{float(value):g}" if re.fullmatch(r"-?\d+\.0", value) else value


def inner(markup: str) -> str:
    """Return the text of a piece of HTML, small print left out."""
    bare = re.sub(r"<small>.*?</small>", "", markup, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", bare)).strip()


def blocks(page: str) -> Iterator[tuple[str, str, str]]:
    """Yield kind, id and HTML of every block of a page."""
    found = list(_BLOCK.finditer(page))
    ends = [match.start() for match in found[1:]] + [len(page)]
    for match, end in zip(found, ends, strict=False):
        yield match[1], match[2], page[match.start() : end]


def table(markup: str) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of the first table of a piece of HTML."""
    body = markup[markup.find("<table") : markup.find("</table>")]
    lines = [[inner(cell) for cell in _CELL.findall(row)] for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)]
    return (lines[0], lines[1:]) if lines else ([], [])


def sheet(book: bytes) -> pd.DataFrame:
    """Return the first sheet of a workbook, every cell as text."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        shared = [html.unescape(t) for t in re.findall(r"<si><t[^>]*>(.*?)</t></si>",
                  archive.read("xl/sharedStrings.xml").decode(), re.DOTALL)]  # fmt: skip
        text = archive.read("xl/worksheets/sheet1.xml").decode()
    lines = []
    for row in re.findall(r"<row [^>]*>(.*?)</row>", text):
        cells = re.findall(r'<c r="([A-Z]+)\d+"[^>]*?( t="s")?><v>(.*?)</v></c>', row)
        lines.append({column: shared[int(value)] if kind else value for column, kind, value in cells})
    heads = lines[0]
    return pd.DataFrame([{heads[c]: v for c, v in line.items()} for line in lines[1:]], columns=list(heads.values()))


def charts_and_tables(site: Path, said: Said) -> list[str]:
    """Note the cells of every block that has files, on the page and in its files; return faults of form."""
    faults: list[str] = []
    for path in sorted((site / "tableros").glob("*/index.html")):
        slug = path.parent.name
        for kind, block, markup in blocks(path.read_text(encoding="utf-8")):
            stem = site / "assets" / "figures" / slug / block
            if kind == "kpi" or not stem.with_suffix(".csv").is_file():
                continue
            rows = list(csv.DictReader(io.StringIO(stem.with_suffix(".csv").read_text(encoding="utf-8"))))
            where = f"{slug}/{block}"
            faults += list(_form(where, rows))
            frame = pd.read_parquet(stem.with_suffix(".parquet"))
            if list(frame.columns) != list(rows[0]) or len(frame) != len(rows):
                faults.append(f"{where}: Parquet and CSV have not the same columns and rows")
            book = sheet(stem.with_suffix(".xlsx").read_bytes())
            if kind == "tableblock":
                _table_cells(said, where, rows, frame, book, table(markup))
            elif {"serie", "valor"} <= set(rows[0]) and "capa" not in rows[0]:
                _series_cells(said, where, rows, frame, book, table(markup))
    return faults


def _form(where: str, rows: list[dict[str, str]]) -> Iterator[str]:
    strange = {"x", "series", "value", "quality", "y", "day", "name", "label", "mean", "actual", "layer"} & set(rows[0])
    if strange:
        yield f"{where}: heads of the code in its CSV: {', '.join(sorted(strange))}"
    if "valor" in rows[0] and "unidad" not in rows[0]:
        yield f"{where}: no unit"
    days = [row["fecha"] for row in rows if "fecha" in row]
    if any(not re.fullmatch(r"\d{4}-\d{2}(-\d{2}( \d{2}:\d{2}:\d{2})?)?", day) for day in days):
        yield f"{where}: a date that is none"


def _table_cells(
    said: Said,
    where: str,
    rows: list[dict[str, str]],
    frame: pd.DataFrame,
    book: pd.DataFrame,
    shown: tuple[list[str], list[list[str]]],
) -> None:
    heads, lines = shown
    for position, row in enumerate(rows):
        for column, (head, text) in enumerate(row.items()):
            subject = (where, f"row {position}", head)
            if (value := machine(text)) is None:
                continue
            said.add("csv", subject, *value)
            said.add("parquet", subject, float(frame.iloc[position, column]), 6)
            if (cell := machine(str(book.iloc[position, column]))) is not None:
                said.add("xlsx", subject, *cell)
            on_page = position < len(lines) and column < len(heads)
            if on_page and (cell := number(lines[position][column])) is not None:
                said.add("page", subject, *cell)


def _series_cells(
    said: Said,
    where: str,
    rows: list[dict[str, str]],
    frame: pd.DataFrame,
    book: pd.DataFrame,
    shown: tuple[list[str], list[list[str]]],
) -> None:
    drawn = next((head for head in rows[0] if head.endswith("en el gráfico")), next(iter(rows[0])))
    order = list(dict.fromkeys(row[drawn] for row in rows))
    columns = {re.sub(r" \([^()]*\)$", "", str(name)): name for name in reversed(book.columns)}
    for position, row in enumerate(rows):
        subject = (where, place(row[drawn]), row["serie"])
        if (value := machine(row["valor"])) is None:
            continue
        said.add("csv", subject, *value)
        said.add("parquet", subject, float(frame["valor"].iloc[position]), 6)
        name = columns.get(row["serie"])
        line = order.index(row[drawn])
        cell = machine(str(book[name].iloc[line])) if name is not None and len(book) == len(order) else None
        if cell is not None:
            said.add("xlsx", subject, *cell)
    heads, lines = shown
    for line in lines:
        for head, text in zip(heads[1:], line[1:], strict=False):
            if (cell := number(text)) is not None:
                said.add("page", (where, place(moment(line[0])), head), *cell)


def cards(page: str) -> Iterator[tuple[str, str, float, int, float]]:
    """Yield id, day, figure, its decimals and its full value of every headline card of a page."""
    for kind, block, markup in blocks(page):
        found = _KPI.search(markup) if kind == "kpi" else None
        shown = number(found[2]) if found else None
        if found and shown:
            yield block, found[3], *shown, float(found[1])


def api_metrics(site: Path, said: Said) -> None:
    """Note the values of every metric in the API."""
    for path in sorted((site / "api/v1/metricas").glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for series in document["series"]:
            for row in series.get("valores", []):
                subject = (document["id"], series["entidad"], row["codigo"], row["dia"])
                said.add("api", subject, float(row["valor"]), max(2, spanish.unit_decimals(document["unidad"])))


def csv_days(site: Path, said: Said) -> None:
    """Note the days of the published CSV files: all of national series, the newest file of the others."""
    for name, files in _files(site / "datos/csv").items():
        metric, entity = name
        for path in files if entity == "Sistema" else files[-1:]:
            with path.open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    if "valor" in row and not row.get("versión"):  # of several values a day the page shows one
                        subject = (metric, entity, row["codigo"].lstrip("'"), row["fecha"])
                        said.add("csv", subject, float(row["valor"]), 6)


def _files(folder: Path) -> dict[tuple[str, str], list[Path]]:
    found: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for path in sorted(folder.glob("*.*.csv")):
        metric, entity, *_ = path.name.split(".")
        if entity[0].isupper():
            found[metric, entity].append(path)
    return found


def headlines(site: Path, said: Said) -> None:
    """Note the headline series in the API, as number and as text, and in their CSV files."""
    document = json.loads((site / "api/v1/titulares.json").read_text(encoding="utf-8"))
    for row in document["titulares"]:
        subject, unit = ("headline", row["serie"], row["dia"]), row["unidad"]
        said.add("api", subject, float(row["valor"]), max(2, spanish.unit_decimals(unit)))
        shown = number(row["texto"].split("\u00a0")[0])
        if shown:
            said.add("api text", subject, *shown)
    for row in document["dias"]:
        decimals = max(2, spanish.unit_decimals(row["unidad"]))
        said.add("api days", ("headline", row["serie"], row["dia"]), float(row["valor"]), decimals)
    for path in sorted((site / "datos/csv").glob("titulares*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                said.add("csv", ("headline", row["serie"], row["fecha"]), float(row["valor"]), 6)
