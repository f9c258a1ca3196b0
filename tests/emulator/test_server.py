"""The server: XM's and SIMEM's addresses, shapes, limits and refusals, over real HTTP on the loopback."""

from __future__ import annotations

import datetime as dt
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from pipeline.core.errors import UsageError
from pipeline.emulator.server import Emulator, Manner, listen, running, serve
from tests.emulator.conftest import TODAY, ask_raw, serving

MAY = {"StartDate": "2026-05-01", "EndDate": "2026-05-31"}


@pytest.fixture(scope="module")
def url(simulated: Emulator) -> Iterator[str]:
    with serving(simulated) as base:
        yield base


def call(address: str, body: object = None, *, raw: bytes | None = None) -> tuple[int, str, bytes]:
    """Return status, content type and body of a request; POST when there is a body."""
    data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read()


def test_hourly_replies_have_the_shape_of_xm(simulated: Emulator) -> None:
    """Envelope with Metric and Items; rows with Id and Values: lower-case code, 24 padded hours, all strings."""
    body = json.loads(ask_raw(simulated, "ExpoEner", "Enlace", "2026-05-01", "2026-05-10"))
    assert list(body) == ["Metric", "Items"]
    assert list(body["Metric"]) == ["Id", "Name", "StartDate", "EndDate"]
    assert body["Metric"]["StartDate"] == "2026-05-01T00:00:00"
    item = body["Items"][0]
    assert list(item) == ["Date", "HourlyEntities"]
    row = item["HourlyEntities"][0]
    assert list(row) == ["Id", "Values"] and row["Id"] == "Enlace"
    assert list(row["Values"]) == ["code", *(f"Hour{hour:02d}" for hour in range(1, 25))]
    assert all(isinstance(value, str) for value in row["Values"].values())
    texts = [v for i in body["Items"] for r in i["HourlyEntities"] for n, v in r["Values"].items() if n != "code"]
    assert "" in texts
    assert all(len(text.partition(".")[2]) <= 2 and "e" not in text for text in texts)


def test_daily_replies_are_flat(simulated: Emulator) -> None:
    """System rows carry Id and Value only; rivers a Name, plants a Code; five decimals."""
    system = json.loads(ask_raw(simulated, "AporEner", "Sistema", "2026-05-01", "2026-05-02"))["Items"][0]
    assert list(system) == ["Date", "DailyEntities"]
    assert list(system["DailyEntities"][0]) == ["Id", "Value"]
    assert len(system["DailyEntities"][0]["Value"].partition(".")[2]) == 5
    river = json.loads(ask_raw(simulated, "AporCaudal", "Rio", "2026-05-01", "2026-05-01"))["Items"][0]
    assert list(river["DailyEntities"][0]) == ["Id", "Name", "Value"]
    plant = json.loads(ask_raw(simulated, "CapEfecNeta", "Recurso", "2026-05-01", "2026-05-01"))["Items"][0]
    assert list(plant["DailyEntities"][0]) == ["Id", "Code", "Value"]
    share = json.loads(ask_raw(simulated, "PorcVoluUtilDiar", "Sistema", "2026-05-01", "2026-05-01"))["Items"][0]
    assert 0.0 < float(share["DailyEntities"][0]["Value"]) < 1.0


@pytest.mark.parametrize(
    ("metric", "entity", "names"),
    [
        ("DemaCome", "MercadoComercializacion", ["code", "MarketType"]),
        ("CompContEnerSICEP", "Agente", ["code", "MarketType"]),
        ("EmisionesCO2", "RecursoComb", ["Name", "code"]),
        ("ConsCombustibleMBTU", "Recurso", ["Name", "code"]),
        ("DemaComeNoReg", "CIIU", ["Activity", "Subactivity", "code"]),
    ],
)
def test_rows_with_several_keys_name_them_as_xm_does(
    simulated: Emulator, metric: str, entity: str, names: list[str]
) -> None:
    """Markets, fuels and activities bring their own key fields, in XM's order."""
    item = json.loads(ask_raw(simulated, metric, entity, "2026-05-04", "2026-05-04"))["Items"][0]
    assert list(item["HourlyEntities"][0]["Values"])[: len(names)] == names


def test_monthly_and_list_replies(simulated: Emulator) -> None:
    """Months are dated on their first day; lists answer under ListEntities although the catalogue says otherwise."""
    months = json.loads(ask_raw(simulated, "CERE", "Sistema", "2026-01-15", "2026-06-30"))["Items"]
    assert [item["Date"][-2:] for item in months] == ["01"] * 5 and "MonthlyEntities" in months[0]
    metrics = json.loads(ask_raw(simulated, "ListadoMetricas", "Sistema", "2026-05-01", "2026-05-01"))["Items"][0]
    rows = [row["Values"] for row in metrics["ListEntities"]]
    assert {row["Type"] for row in rows} >= {"HourlyEntities", "ListsEntities"}
    assert {row["MaxDays"] for row in rows} <= {31, 366, 731}
    assert {row["MetricId"]: row["Url"] for row in rows}["ListadoRios"].endswith("/list")


def test_paths_ignore_case_and_filters_select(url: str) -> None:
    """`/Hourly` works as `/hourly`; a filter keeps its codes; the system ignores it; the plan of faults is off."""
    body = {"MetricId": "Gene", "Entity": "Recurso", "StartDate": "2026-05-01", "EndDate": "2026-05-01"}
    status, kind, raw = call(f"{url}/Hourly", {**body, "Filter": ["GVIO", "TBST"]})
    assert status == 200 and kind.startswith("application/json")
    items = json.loads(raw)["Items"]
    assert [[row["Values"]["code"] for row in item["HourlyEntities"]] for item in items] in (
        [["GVIO"], ["TBST"]],
        [["TBST"], ["GVIO"]],
    )
    system = {**body, "Entity": "Sistema", "Filter": ["GVIO"]}
    assert len(json.loads(call(f"{url}/hourly", system)[2])["Items"]) == 1


def test_unknown_metrics_and_wrong_addresses_are_refused_in_plain_text(url: str) -> None:
    """XM answers 400, text/plain, for a metric it does not know or asks elsewhere; /annual knows none."""
    for address, metric in (("hourly", "CostMarg"), ("daily", "Gene"), ("annual", "Gene"), ("lists", "Gene")):
        status, kind, raw = call(f"{url}/{address}", {"MetricId": metric, "Entity": "Sistema", **MAY})
        assert (status, raw.decode()) == (400, "Id de Métrica no encontrada.")
        assert kind.startswith("text/plain")


def test_a_wrong_pair_is_refused_with_its_own_words(url: str) -> None:
    """Metric and entity exist, their pair does not."""
    status, _, raw = call(f"{url}/hourly", {"MetricId": "PrecBolsNaci", "Entity": "Recurso", **MAY})
    message = json.loads(raw)["Message"]
    assert status == 400 and "configuración" in message and "no encontrada" in message


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [
        ("2026-05-01", "2026-06-01", "Rango"),
        ("2026-05-02", "2026-05-01", "posterior"),
        ("mayo", "2026-05-01", "fechas"),
    ],
)
def test_windows_that_xm_refuses(url: str, first: str, last: str, word: str) -> None:
    """More than MaxDays, reversed or unreadable dates: 400 with a bare JSON string."""
    body = {"MetricId": "Gene", "Entity": "Sistema", "StartDate": first, "EndDate": last}
    status, kind, raw = call(f"{url}/hourly", body)
    document = json.loads(raw)
    assert status == 400 and kind.startswith("application/json")
    assert isinstance(document, str) and word in document


def test_limits_are_those_of_each_series(url: str) -> None:
    """31 days pass for hours, 731 for months."""
    assert call(f"{url}/hourly", {"MetricId": "Gene", "Entity": "Sistema", **MAY})[0] == 200
    two_years = {"MetricId": "MC", "Entity": "Sistema", "StartDate": "2024-01-01", "EndDate": "2025-12-31"}
    assert call(f"{url}/monthly", two_years)[0] == 200
    assert call(f"{url}/monthly", {**two_years, "EndDate": "2026-01-01"})[0] == 400


def test_nothing_to_publish_is_an_empty_list(simulated: Emulator) -> None:
    """Prices that ended, days before they began and days to come give Items []."""
    for metric, first in (("PrecEscaAct", "2026-05-01"), ("PrecEscaSup", "2024-05-01"), ("DemaSIN", "2027-05-01")):
        assert json.loads(ask_raw(simulated, metric, "Sistema", first, first))["Items"] == []


def test_a_body_that_is_no_json_is_refused(url: str) -> None:
    """Malformed requests get 400, never a crash."""
    for raw in (b"{", b"[]", b"\xff\xfe"):
        assert call(f"{url}/hourly", raw=raw)[0] == 400
    assert call(f"{url}/nowhere", {})[0] == 404


def test_simem_answers_its_addresses(url: str) -> None:
    """Detail, data as a bare list with filters, the older envelope, and both error shapes."""
    base = f"{url}/backend-files/api"
    window = "startDate=2026-05-01&endDate=2026-05-02"
    detail = json.loads(call(f"{base}/detalle-datos-publicos?&datasetId=ec6945")[2])
    assert detail["success"] is True and detail["result"]["metadata"]["periodicity"] == "Horaria"
    rule = [
        {"Fd": "Version", "Op": "eq", "Vl": "TX1", "Lg": "and"},
        {"Fd": "CodigoVariable", "Op": "eq", "Vl": "PB_Nal", "Lg": "and"},
    ]
    rows = json.loads(call(f"{base}/datos-publicos?{window}&datasetId=EC6945", rule)[2])
    assert isinstance(rows, list) and len(rows) == 48 and {row["Version"] for row in rows} == {"TX1"}
    legacy = json.loads(call(f"{base}/PublicData?{window.lower()}&datasetId=24914F")[2])
    assert legacy["parameters"]["idDataset"] == "24914F" and legacy["result"]["records"]
    named = f"{base}/PublicData?{window.lower()}&datasetId=24914F&columnDestinyName=Version&values=TXF"
    assert {row["Version"] for row in json.loads(call(named)[2])["result"]["records"]} == {"TXF"}
    status, _, raw = call(f"{base}/datos-publicos?{window}&datasetId=zzz", [])
    assert status == 400 and json.loads(raw)["status"] is False
    status, _, raw = call(f"{base}/datos-publicos?startDate=x&endDate=2026-05-02&datasetId=EC6945", [])
    assert status == 400 and "errors" in json.loads(raw)
    months = "startDate=2026-01-01&endDate=2026-05-02"
    assert call(f"{base}/datos-publicos?{months}&datasetId=EC6945", [])[0] == 400
    assert call(f"{base}/datos-publicos?{months}&datasetId=ae3f23", [])[0] == 200
    assert call(f"{base}/datos-publicos?startDate=2023-01-01&endDate=2026-05-02&datasetId=ae3f23", [])[0] == 400
    ends = {
        row["idDataset"]: row["finDato"]
        for row in json.loads(call(f"{base}/datos-publicos?{window}&datasetId=e007fb", [])[2])
    }
    assert {"EC6945", "24914F", "7538fd"} <= set(ends)


def test_only_the_loopback_is_listened_on() -> None:
    """Any other address is refused before anything is bound."""
    for host in ("0.0.0.0", "192.168.1.4", "servapibi.xm.com.co", "::"):
        with pytest.raises(UsageError, match="loopback"):
            listen(host, 0)


def test_a_taken_port_is_one_clear_error() -> None:
    """The error names the port and says what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}.*--port"):
            serve(port, "simulated", TODAY)


def test_wrong_orders_are_usage_errors(tmp_path: object) -> None:
    """A folder that does not exist, an unknown fault and a missing day end with a clear message."""
    with pytest.raises(UsageError, match="no folder"), running(f"{tmp_path}/nothing", TODAY):
        pass
    with pytest.raises(UsageError, match="unknown fault"), running("simulated", TODAY, faults="fire:0.1"):
        pass
    with pytest.raises(UsageError, match="needs a day"), running("simulated"):
        pass


@pytest.mark.slow
def test_the_process_ends_with_the_block() -> None:
    """After the block nothing answers on its port, also when the block fails."""
    with pytest.raises(ZeroDivisionError), running("simulated", dt.date(2001, 5, 1)) as base:
        assert call(f"{base}/")[0] == 404
        raise ZeroDivisionError
    with pytest.raises(urllib.error.URLError):
        call(f"{base}/")


@pytest.mark.slow
def test_answers_may_be_late_and_kept() -> None:
    """A latency delays every answer; a kept answer is the one given first."""
    body = {"MetricId": "PrecBolsNaci", "Entity": "Sistema", "StartDate": "2026-05-01", "EndDate": "2026-05-02"}
    with running("simulated", TODAY, manner=Manner(latency=0.2, keep=True)) as base:
        answers = []
        for _ in range(2):
            begun = time.monotonic()
            answers.append(call(f"{base}/hourly", body)[2])
            assert time.monotonic() - begun >= 0.2
    assert answers[0] == answers[1]
