"""What the parser does with malformed replies: nothing may crash it, no bad cell may pass, no good one may be lost."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.catalog.load import load_catalog
from pipeline.core.errors import ParseError
from pipeline.core.units import factor
from pipeline.emulator.malformed import DAY, KINDS, Cell, Malformed, malformed
from pipeline.ingest.rows import HOLD_NO_CELL
from pipeline.ingest.sources.xm_reply import parse
from tests.bench.table import Line

_TOLERANCE = 1e-9


@dataclass
class MalformedResult:
    """Account of a run over malformed replies. `faults` names the first of each sort."""

    payloads: int = 0
    kinds: int = 0
    crashes: int = 0
    bad_published: int = 0
    good_lost: int = 0
    not_quarantined: int = 0
    good_kept: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.crashes or self.bad_published or self.good_lost or self.not_quarantined)


def bench_malformed(count: int = 1000) -> list[Line]:
    """Return the figures of a run over `count` malformed replies beside their floors."""
    result = check_malformed(count)
    zero = "= 0"
    return [
        Line("malformed replies", float(result.payloads), "-", True),
        Line("kinds of them", float(result.kinds), "≥ 30", result.kinds >= 30),
        Line("crashes", float(result.crashes), zero, result.crashes == 0),
        Line("bad cells published", float(result.bad_published), zero, result.bad_published == 0),
        Line("good cells of the same replies lost", float(result.good_lost), zero, result.good_lost == 0),
        Line("bad cells missing in quarantine", float(result.not_quarantined), zero, result.not_quarantined == 0),
        Line("good cells kept", float(result.good_kept), "-", True),
    ]


def check_malformed(count: int, seed: int = 7) -> MalformedResult:
    """Parse `count` malformed replies and compare what is published with what is good in them."""
    metric = load_catalog().metrics["Gene"]
    scale = factor(metric.unit.source, metric.unit.stored)
    result = MalformedResult()
    for case in malformed(count, seed):
        result.payloads += 1
        try:
            parsed = parse(case.body, metric, "Recurso", DAY, DAY)
        except ParseError:
            _compare(result, case, {}, 0)
        except Exception as error:  # noqa: BLE001 - the point of the exercise is that there is none
            result.crashes += 1
            result.faults.append(f"{case.kind}: {type(error).__name__}: {error}")
        else:
            rows = parsed.rows.to_pylist()
            published = {(str(r["code"]), int(r["ts"].hour)): float(r["value"]) / scale for r in rows}
            _compare(result, case, published, sum(r.rule not in HOLD_NO_CELL for r in parsed.rejects))
    result.kinds = min(count, len(KINDS))
    return result


def _compare(result: MalformedResult, case: Malformed, published: dict[Cell, float], refused: int) -> None:
    bad = [c for c, v in published.items() if c not in case.good or abs(v - case.good[c]) > _TOLERANCE * max(1.0, v)]
    lost = [cell for cell in case.good if cell not in published]
    result.bad_published += len(bad)
    result.good_lost += len(lost)
    result.good_kept += len(case.good) - len(lost)
    result.not_quarantined += abs(case.refused - refused)
    if bad or lost or refused != case.refused:
        result.faults.append(f"{case.kind}: bad {bad[:2]}, lost {len(lost)}, refused {refused} of {case.refused}")
