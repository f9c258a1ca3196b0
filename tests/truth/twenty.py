"""D1 to D20: what is not as it should be after each of the twenty inputs, looked for where a reader looks."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

from pipeline.core import spanish
from tests.truth.cases import NEVER, OLD, PRICE, TAKEN, Case, Scene, altered
from tests.truth.house import Published, declared
from tests.truth.judge import frozen_of, silent_of, wrong_of
from tests.truth.shown import Figure, by_name, figures, names, page, spanish_folded, told_of_faults

EMPTY_WORDS: Final = "XM confirma que no hay dato"


@cache
def shown(portal: Published) -> dict[str, list[Figure]]:
    """Return the quotable figures of a portal by name."""
    return by_name(figures(portal))


def of(*metrics: str) -> Callable[[Scene], list[str]]:
    """Return a check that nothing is wrong, frozen or silent of some metrics and of what is made of them."""

    def faults(scene: Scene) -> list[str]:
        mine = [each for each in altered(scene.name) if each.metric in metrics]
        series = {name for name, told in declared().headlines.items() if {*told.metrics} & {*metrics}}
        found = [
            line for line in wrong_of(scene.portal, scene.truth, mine)
            if any(f"{metric}/" in line for metric in metrics) or any(f" {name} of " in line for name in series)
        ]  # fmt: skip
        found += [line for line in frozen_of(scene.portal, scene.truth, mine) if line.split()[0] in series]
        return found + [f"silent: {metric}" for metric in silent_of(scene.portal, scene.truth, mine)]

    return faults


def never_completed(scene: Scene) -> list[str]:
    """D1: the day is quoted nowhere and told on *Calidad*."""
    found = [str(f) for name, day in NEVER for f in shown(scene.portal).get(name, ()) if f.day == day]
    calidad = page(scene.portal.site / "calidad" / "index.html").text
    return found + [f"not told on Calidad: {OLD}"] * (spanish.date(OLD).replace("\xa0", " ") not in calidad)


def corrected(scene: Scene) -> list[str]:
    """D7: the day holds the corrected price, quotable, and only what is doubtful is held back."""
    right = scene.truth.right()["price", PRICE]
    seen = [f for f in shown(scene.portal).get("price", ()) if f.day == PRICE]
    found = [f"{f.where} quotes {f.value:g}" for f in seen if all(abs(f.value - v) > 0.01 for v in right)]
    return found + ["the corrected price is quoted nowhere"] * (not seen)


def withdrawn(scene: Scene) -> list[str]:
    """D8: the day has no row, is logged as withdrawn and shown as a gap."""
    rows = [row for row in rows_of_csv(scene.portal, "PrecBolsNaci", "Sistema") if row["fecha"] == TAKEN.isoformat()]
    found = [f"CSV still has {row}" for row in rows]
    found += [str(f) for f in shown(scene.portal).get("price", ()) if f.day == TAKEN]
    lines = [
        line for line in told_of_faults(scene.portal) if "PrecBolsNaci" in line or "Precio de bolsa nacional" in line
    ]
    day = spanish.date(TAKEN).replace("\xa0", " ")
    return found + ["no line of Calidad or of the changes names the day"] * (not any(day in line for line in lines))


def rows_of_csv(portal: Published, metric: str, entity: str) -> list[dict[str, str]]:
    """Return the rows of a metric's CSV files, with their heads in lower case and without accents."""
    found: list[dict[str, str]] = []
    for path in sorted((portal.site / "datos" / "csv").glob(f"{metric}.{entity}*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found += [{spanish_folded(k): v for k, v in row.items()} for row in csv.DictReader(file)]
    return found


def renamed(scene: Scene) -> list[str]:
    """D9: nothing counts twice, and the rename is proposed by both names."""
    lines = [spanish_folded(line) for line in told_of_faults(scene.portal)]
    proposed = any("amani nuevo" in line and line.count("amani") > 1 for line in lines)
    found = of("VoluUtilDiarEner", "CapaUtilDiarEner")(scene) + ["the rename is not proposed"] * (not proposed)
    whole, told = (_stored(portal) for portal in (scene.truth.twin, scene.portal))
    return found + [f"{told[d]:.0f} GWh of {d}, {whole[d]:.0f} is right" for d in told if told[d] - whole[d] > 1]


def _stored(portal: Published) -> dict[str, float]:
    """Return the water of all reservoirs by day [GWh], as the CSV has them."""
    total: dict[str, float] = defaultdict(float)
    for row in rows_of_csv(portal, "VoluUtilDiarEner", "Embalse"):
        total[row["fecha"]] += float(row["valor"])
    return total


def unreadable(metric: str) -> Callable[[Scene], list[str]]:
    """Return a check that the run failed by name, and that nobody says that the source has no value (D11, D16)."""

    def faults(scene: Scene) -> list[str]:
        named = all(any(names(line, metric) for line in night) for night in scene.portal.failed)
        calidad = page(scene.portal.site / "calidad" / "index.html")
        title = declared().metrics[metric].title
        absent = [row.text for row in calidad.all("tr") if title in row.text and EMPTY_WORDS in row.text]
        return [f"a night's report does not name {metric}: {scene.portal.failed}"] * (not named) + absent

    return faults


def one_code(metric: str, word: str) -> Callable[[Scene], list[str]]:
    """Return a check that a metric has the country's code alone, once a day, and that what is strange is told."""

    def faults(scene: Scene) -> list[str]:
        rows = rows_of_csv(scene.portal, metric, "Sistema")
        found = [f"{row}" for row in rows if row["codigo"] != "Sistema"]
        days = [row["fecha"] for row in rows]
        found += [f"twice: {day}" for day in sorted({day for day in days if days.count(day) > 1})]
        fresh = told_of_faults(scene.portal) - scene.truth.told()
        told = any(names(line, metric) and word in line for line in fresh)
        return found + of(metric)(scene) + [f"{word} is not reported"] * (not told)

    return faults


def reopened(scene: Scene) -> list[str]:
    """D13: the ended series that is published again is there again."""
    days = [f.day for f in shown(scene.portal).get("PrecEscaAct/Sistema/Sistema", ())]
    return [f"PrecEscaAct ends on {max(days, default=None)}"] * (max(days, default=dt.date.min) < PRICE)


def one_agent(scene: Scene) -> list[str]:
    """D19: one row a code with the newest name, written as names are."""
    rows = rows_of_csv(scene.portal, "ListadoAgentes", "Sistema")
    codes = [next((v for k, v in row.items() if k in {"codigo", "code"}), "") for row in rows]
    found = [f"{codes.count(code)} agents {code} in the CSV" for code in ("EPMG", "ISGG") if codes.count(code) != 1]
    pages = [*scene.portal.site.glob("tableros/*/index.html"), *scene.portal.site.glob("metricas/*/index.html")]
    texts = {path.parent.name: page(path).text.upper() for path in pages}
    wrong = ("N~", "ANTAÑO", "ANTANO")
    found += [f"{name} shows {word}" for name, text in texts.items() for word in wrong if word in text]
    shown_newest = any("compania renovada" in spanish_folded(text) for text in texts.values())
    return found + ["the newest name is shown nowhere"] * (not shown_newest)


def one_figure(scene: Scene) -> list[str]:
    """D20: the factor of a day is one figure on all surfaces."""
    both = [*shown(scene.portal)["emission_factor"], *shown(scene.portal)["factorEmisionCO2e/Sistema/Sistema"]]
    last = max(f.day for f in both if f.name == "emission_factor")
    of_last = [f for f in both if f.day == last]
    return [f"{f.where}: {f.value:g}" for f in of_last if abs(f.value - of_last[0].value) > 0.006]


def _cases() -> Iterable[Case]:
    yield Case("D1", "half-built day that is never completed", "clean", never_completed)
    yield Case("D3", "day at 80 % of its energy", "night", of("DemaReal"))
    yield Case("D4", "aggregate lacks a member", "night", of("VoluUtilDiarEner"))
    yield Case("D5", "unit slip at the source", "night", of("AporEner"))
    yield Case("D6", "spike inside wide bounds", "night", of("PrecBolsNaci"))
    yield Case("D7", "correction refused", "weeks", corrected)
    yield Case("D8", "value withdrawn", "weeks", withdrawn)
    yield Case("D9", "code renamed, history issued anew", "weeks", renamed)
    yield Case("D10", "entry leaves a list", "night", of("ListadoRecursos"))
    yield Case("D11", "field names change", "weeks", unreadable("MaxPrecOferNal"))
    yield Case("D12", "field added", "night", one_code("DemaRealReg", "Version"))
    yield Case("D13", "ended series still published", "weeks", reopened)
    yield Case("D15", "unit of a SIMEM column", "night", of("PB_Nal"))
    yield Case("D16", "SIMEM variable renamed", "night", unreadable("PE"))
    yield Case("D17", "letter case", "night", one_code("DemaCome", "SISTEMA"))
    yield Case("D19", "list named twice", "night", one_agent)
    yield Case("D20", "two figures of one thing", "clean", one_figure)


#: D2 (real values) and D14, D18 (no night) have tests of their own.
CASES: Final = tuple(_cases())
