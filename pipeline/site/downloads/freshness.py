"""How fresh the whole site is: one small document, so that a new date does not make every page new.

A page carries the days of its own data. When the portal was built and how far its newest data reach stand in
`api/v1/portal.json`; the script of every page reads it and warns, by the reader's clock, of a portal that nobody
renews. The moments from which to warn are worked out here, once, and shipped.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from pipeline.catalog.schema import MARGIN_DAYS
from pipeline.core import clock, spanish
from pipeline.core.errors import BrokenSite, StaleSite
from pipeline.core.palette import PALETTE
from pipeline.core.run import RunInfo
from pipeline.site.tree import Tree, text_of

PORTAL = "api/v1/portal.json"
BADGE = "insignia.svg"
_INK, _ACCENT = PALETTE["muted"][0], PALETTE["accent"][0]
#: A night may fail without a word; two in a row are told.
UNRENEWED = dt.timedelta(hours=48)


@dataclass(frozen=True)
class Freshness:
    """What the published document says.

    Attributes:
        published: When the site was built [Bogotá].
        until: Newest whole day of any daily series; None without data.
        renew_by: From here on, a portal that is still this one has not been renewed.
        data_by: From here on, newer data should have come; None without data.
    """

    published: dt.datetime
    until: dt.date | None
    renew_by: dt.datetime
    data_by: dt.datetime | None


def freshness(con: duckdb.DuckDBPyConnection, run: RunInfo) -> dict[str, object]:
    """Return the keys of the document that speak of time, and the version of the code."""
    row = con.execute(
        "SELECT max(s.last_day_ok), min(c.lag_days) FROM series_status AS s "
        "JOIN catalog_metric AS c ON c.id = s.metric WHERE s.state = 'ok' AND s.last_day_ok <= ?",
        [run.today],
    ).fetchone()
    until, lag = row if row else (None, None)
    created = _aware(run.created)
    due = None
    if until is not None:
        # The day after the newest one is expected `lag` days after it ends.
        due = _aware(dt.datetime.combine(until, dt.time())) + dt.timedelta(days=2 + lag + MARGIN_DAYS)
    renew_by = created + UNRENEWED
    return {
        "publicado": created.isoformat(timespec="minutes"),
        "datos_hasta": until.isoformat() if until else None,
        "dudar_del_portal_desde": renew_by.isoformat(timespec="minutes"),
        "dudar_de_los_datos_desde": due.isoformat(timespec="minutes") if due else None,
        "programa": run.code_version,
        **_words(created, until, renew_by, due),
    }


def _words(
    created: dt.datetime, until: dt.date | None, renew_by: dt.datetime, due: dt.datetime | None
) -> dict[str, object]:
    """Return what the pages say of it, in Spanish: the script of the page only looks at the reader's clock."""
    published = spanish.date(created.date())
    reach = f"Datos hasta el {spanish.date(until)}; portal" if until else "Portal"
    warnings = [
        (
            renew_by,
            "Portal sin renovar",
            f"Este portal no se renueva desde el {published}: puede haber datos más recientes que no están aquí.",
        )
    ]
    if until and due:
        told = f"Los datos más recientes son del {spanish.date(until)}: han tardado más de lo usual."
        warnings.append((due, "Datos atrasados", told))
    return {
        "pie": f"{reach} publicado el {published}.",
        "avisos": [
            {"desde": moment.isoformat(timespec="minutes"), "titulo": title, "texto": text}
            for moment, title, text in warnings
        ],
    }


def badge(until: object) -> bytes:
    """Return a small picture for other people's pages: how far the data reach (`datos_hasta` of `freshness`)."""
    said = "aún sin datos"
    if until:
        said = f"datos hasta el {spanish.date(dt.date.fromisoformat(str(until)))}".replace(spanish.NBSP, " ")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="268" height="20" role="img" '
        f'aria-label="Portal Energético: {said}">'
        '<g font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" fill="#fff" text-anchor="middle">'
        f'<rect width="110" height="20" fill="{_INK}"/><rect x="110" width="158" height="20" fill="{_ACCENT}"/>'
        f'<text x="55" y="14">Portal Energético</text><text x="189" y="14">{said}</text></g></svg>\n'
    ).encode()


def read_freshness(files: Tree) -> Freshness:
    """Return what a built site says of its freshness.

    Raises:
        BrokenSite: It does not say.
    """
    try:
        document: Mapping[str, str | None] = json.loads(text_of(files[PORTAL]))
        until, due = document["datos_hasta"], document["dudar_de_los_datos_desde"]
        return Freshness(
            dt.datetime.fromisoformat(str(document["publicado"])),
            dt.date.fromisoformat(until) if until else None,
            dt.datetime.fromisoformat(str(document["dudar_del_portal_desde"])),
            dt.datetime.fromisoformat(due) if due else None,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise BrokenSite(
            f"The site does not say how fresh it is: {error}", hint="run ./inv build again", file=PORTAL
        ) from error


def check_fresh(found: Freshness, now: dt.datetime) -> str:
    """Return how fresh the site is, in a sentence.

    Args:
        found: What the site says.
        now: The moment it is judged at [Bogotá].

    Raises:
        StaleSite: Nobody has renewed it in time, or its data are older than they should be.
    """
    age = max(int((_aware(now) - found.published).total_seconds() // 3600), 0)
    told = f"published {found.published:%Y-%m-%d %H:%M} ({age} h ago), data until {found.until or 'never'}"
    if _aware(now) > found.renew_by:
        raise StaleSite(
            f"The portal is not being renewed: {told}",
            hint="see why the last runs failed (build/reports/run.json, ./inv status) and run ./inv build",
        )
    if found.data_by is not None and _aware(now) > found.data_by:
        raise StaleSite(
            f"The portal is renewed, but its data are old: {told}",
            hint="the source publishes nothing new or does not answer; see ./inv status",
        )
    return told


def _aware(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.BOGOTA)
