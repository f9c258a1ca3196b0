"""Every claim as a sentence of its own, in each language of the grammar: for those who write with them elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.errors import NarrativeError
from pipeline.core.log import get_logger
from pipeline.narrate.claims import Claim, read_claims
from pipeline.narrate.grammar import ENGLISH, SPANISH
from pipeline.narrate.language import Language
from pipeline.narrate.paragraph import realise
from pipeline.narrate.text_plan import PlannedSentence, TextPlan
from pipeline.store.atomic import write_json

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from pipeline.core.paths import Paths

log = get_logger("narrate")


def write_claims(con: DuckDBPyConnection, paths: Paths) -> None:
    """Write the claims of the warehouse with their sentences; a warehouse without claims leaves the last ones."""
    try:
        claims = read_claims(con)
    except NarrativeError as error:
        log.warning("claims not written", why=str(error))
        return
    write_json(
        paths.claims, [claim.told() | {"es": _said(claim, SPANISH), "en": _said(claim, ENGLISH)} for claim in claims]
    )


def _said(claim: Claim, lang: Language) -> str:
    """Return a claim as a sentence; '' where the catalogue says something that a language has no words for."""
    try:
        [sentence] = realise(TextPlan((PlannedSentence((claim.id,)),)), [claim], lang).sentences
    except NarrativeError as error:
        log.warning("claim without a sentence", claim=claim.id, why=str(error))
        return ""
    return sentence.text
