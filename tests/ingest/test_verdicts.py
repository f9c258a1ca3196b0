"""Every shape in which XM and SIMEM answer, or fail to, gets the right verdict."""

from __future__ import annotations

import json

import pytest

from pipeline.ingest.sources.simem import judge_simem
from pipeline.ingest.sources.xm_reply import judge_xm

DAY = {"Date": "2024-01-01", "HourlyEntities": [{"Id": "Sistema", "Values": {"code": "Sistema", "Hour01": "1"}}]}
RFC_9110 = {
    "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
    "title": "One or more validation errors occurred.",
    "status": 400,
    "errors": {"startDate": ["The value 'x' is not valid."]},
}


def encoded(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


ERRORS = [
    (400, encoded("error: Rango de consulta supera el máximo de 31 días"), "split", "range_too_long"),
    (200, encoded("error: Rango de consulta supera 31"), "split", "range_too_long"),
    (400, "Id de Métrica no encontrada.".encode(), "permanent", "unknown_metric"),
    (400, encoded({"Message": "Id de Métrica no encontrada."}), "permanent", "unknown_metric"),
    (200, "Id de MÃ©trica no encontrada.".encode(), "permanent", "unknown_metric"),
    (200, encoded({"Message": "La configuración Gene-Planeta no encontrada"}), "permanent", "unknown_entity"),
    (400, encoded(RFC_9110), "permanent", "http_400: One or more validation errors occurred.: "),
    (400, encoded({"status": False, "message": "Parámetros inválidos"}), "permanent", "http_400: Parámetros"),
    (200, encoded({"status": False, "message": "Parámetros inválidos"}), "permanent", "source_said: Parámetros"),
    (200, encoded({"success": False}), "permanent", "source_said: no reason given"),
    (404, b"<html><h1>Not Found</h1></html>", "refused", "http_404"),
    (403, b"Forbidden", "refused", "http_403: Forbidden"),
]


@pytest.mark.parametrize(("status", "body", "kind", "reason"), ERRORS)
def test_errors_in_words_get_their_class(status: int, body: bytes, kind: str, reason: str) -> None:
    """Twelve error bodies of the field, twelve verdicts, for both sources (I7)."""
    for judge in (judge_xm("HourlyEntities"), judge_simem):
        verdict = judge(status, body)
        assert (verdict.kind, verdict.reason[: len(reason)]) == (kind, reason)


RETRIED = [
    *((status, b"anything") for status in (408, 425, 429, 500, 502, 503, 504)),
    (301, b""),
    (200, b""),
    (200, b"  \n"),
    (200, b"<html><body>Mantenimiento</body></html>"),
    (200, b'{"Items": [{"Date": "2024-01-01", "Hourly'),
    (200, b"upstream connect error"),
    (200, b"\xff\xfe\x00\x01"),
    (200, b'{"Items": null}'),
    (200, b'{"Metric": {"Id": "Gene"}}'),
    (200, b"[1, 2]"),
    (200, b"17"),
    (200, b'{"Items": [{"Date": "2024-01-01"}]}'),
    (200, b"[" * 5000),
]


@pytest.mark.parametrize(("status", "body"), RETRIED)
def test_what_may_pass_is_asked_again(status: int, body: bytes) -> None:
    """Retryable states, nothing, HTML, half an answer and odd documents are not data and not final."""
    assert judge_xm("HourlyEntities")(status, body).kind == "retry"


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"Items": [DAY]}, "ok"),
        ({"Metric": {}, "Items": [DAY, {"Date": "2024-01-02", "HourlyEntities": []}]}, "ok"),
        ({"Items": []}, "empty"),
        ({"Items": [{"Date": "2024-01-01", "HourlyEntities": []}]}, "empty"),
        ({"Items": [{"Date": "2024-01-01", "DailyEntities": [{"Id": "Sistema"}]}]}, "permanent"),
    ],
)
def test_items_decide(document: object, kind: str) -> None:
    """Items with rows are data, items without are emptiness, rows of another grain are a changed schema."""
    assert judge_xm("HourlyEntities")(200, encoded(document)).kind == kind
    assert judge_xm("HourlyEntities")(200, b"\xef\xbb\xbf" + encoded(document)).kind == kind


def test_lists_may_be_spelt_both_ways() -> None:
    """The catalogue says ListsEntities, answers say ListEntities (F11)."""
    for key in ("ListEntities", "ListsEntities"):
        assert judge_xm("ListEntities")(200, encoded({"Items": [{"Date": "x", key: [{"Id": "Sistema"}]}]})).kind == "ok"


def test_simem_records_are_a_bare_list() -> None:
    """Records are data, an empty list is emptiness, anything else never becomes rows (D14)."""
    assert judge_simem(200, encoded([{"Fecha": "2024-01-01", "Valor": 1}])).kind == "ok"
    assert judge_simem(200, b"[]").kind == "empty"
    assert judge_simem(200, b'["parameters", "success"]').kind == "retry"
    assert judge_simem(200, encoded({"parameters": {}, "success": False, "message": "no"})).kind == "permanent"


def _long_reply() -> bytes:
    """Return a reply long enough to be judged by its looks."""
    days = [{**DAY, "Date": f"2024-01-{day:02d}"} for day in range(1, 32)] * 30
    return encoded({"Metric": {"Id": "Gene", "Name": "Generación [kWh] {real}"}, "Items": days})


def test_a_long_reply_is_judged_as_its_document_would_be() -> None:
    """Whole: ok. Cut anywhere, or with another list: what the decoder would have said."""
    judge, body = judge_xm("HourlyEntities"), _long_reply()
    assert len(body) > 64 * 1024
    assert judge(200, body).kind == "ok"
    assert judge(500, body).kind == "retry"
    for cut in range(1, 400):
        assert judge(200, body[:-cut]).kind == "retry", body[-cut - 20 : -cut]
    for place in range(1, len(body), 997):
        assert judge(200, body[:place]).kind == "retry", place
    assert judge_xm("DailyEntities")(200, body).kind == "permanent"
