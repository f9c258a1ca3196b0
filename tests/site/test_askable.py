"""What the words of the assistant name is declared."""

from __future__ import annotations

from pipeline.catalog.load import load_catalog


def test_words_name_what_there_is() -> None:
    """Forecasts, metrics, series and boards that the words of the assistant name are declared."""
    catalog = load_catalog()
    forecasts = {policy.series for policy in catalog.forecasts}
    named = {series.forecast for series in catalog.headlines.values()} - {""}
    assert named and named <= forecasts
    words = catalog.assistant
    assert all(figure.entity in catalog.metrics[figure.metric].entities for figure in words.figures)
    boards = {f"tableros/{slug}/" for slug in catalog.boards} | {"tableros/", ""}
    assert {refusal.page for refusal in words.refusals} <= boards
    assert len({refusal.topic for refusal in words.refusals}) == len(words.refusals)
