"""The fast way through a reply: the same rows and the same account as the careful one, or no answer at all.

In both layouts: an item per date and code, as XM sends it, and an item per date, as older archives may hold it.
"""

import datetime as dt
import json
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.errors import ParseError
from pipeline.emulator.malformed import DAY as MALFORMED_DAY
from pipeline.emulator.malformed import malformed
from pipeline.ingest.codes import Vocabulary
from pipeline.ingest.rows import ReplyRows
from pipeline.ingest.sources import xm_reply as module
from pipeline.ingest.sources.xm_reply import parse, parse_together

DAYS = (dt.date(2024, 4, 1), dt.date(2024, 4, 30))
HEAD = {"Metric": {"Id": "Gene", "Name": "Generación", "StartDate": "2024-04-01"}}
SHAPES = [{}, {"separators": (",", ":")}, {"ensure_ascii": False}, {"ensure_ascii": False, "separators": (",", ":")}]


def hourly(day: int, codes: dict[str, str], value: str = "12.5", **more: str) -> dict[str, object]:
    """Return one day of an hourly reply."""
    hours = {f"Hour{h:02d}": f"{value}{h % 10}" if value else "" for h in range(1, 25)}
    rows = [{"Id": "Recurso", "Values": {"code": code, **more, **hours}} for code in codes]
    return {"Date": f"2024-04-{day:02d}", "HourlyEntities": rows}


def flat(day: int, names: list[str], entity: str = "Rio") -> dict[str, object]:
    """Return one day of a daily reply."""
    rows = [{"Id": entity, **({"Name": name} if name else {}), "Value": f"{day}.25000"} for name in names]
    return {"Date": f"2024-04-{day:02d}", "DailyEntities": rows}


def apart(items: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the items with one row each: XM's layout."""
    return [
        {**item, key: [row]} for item in items for key, rows in item.items() if isinstance(rows, list) for row in rows
    ]


Layout = Callable[[list[dict[str, object]]], list[dict[str, object]]]
LAYOUTS: list[Layout] = [apart, list]


def told_apart_by(catalog: Catalog, *fields: str) -> Metric:
    """Return the generation by plant with rows that these fields identify."""
    return catalog.metrics["Gene"].model_copy(update={"identity": {"Recurso": fields}})


def fast(body: bytes, metric: Metric, entity: str, vocabulary: Vocabulary | None = None) -> ReplyRows | None:
    """Parse the fast way only."""
    columns = module._read_plain([body], [DAYS], metric, entity)
    return module._to_rows(columns, metric, entity, vocabulary) if columns else None


def careful(body: bytes, metric: Metric, entity: str, vocabulary: Vocabulary | None = None) -> ReplyRows:
    """Parse cell by cell."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_read_plain", lambda *_: None)
        return parse(body, metric, entity, *DAYS, vocabulary)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("how", SHAPES)
@pytest.mark.parametrize("more", [{}, {"MarketType": "NO REGULADO"}])
def test_hourly_replies_are_read_as_the_careful_way_reads_them(
    catalog: Catalog, layout: Layout, how: dict[str, object], more: dict[str, str]
) -> None:
    """Compact or spaced, escaped or not, one field of identity or two, two spellings: the same rows and account."""
    gene = told_apart_by(catalog, "code", *more)
    days = [hourly(d, {"TBST": "", "  gvio ": "", "Peñol": ""}, **more) for d in range(1, 31)]
    days[3] = hourly(4, {"TBST": ""}, value="", **more)  # a day nobody has reported yet
    body = json.dumps({**HEAD, "Items": layout(days)}, **how).encode()  # type: ignore[arg-type]
    vocabulary = Vocabulary.of(["GVIO", "TBST"])
    found = fast(body, gene, "Recurso", vocabulary)
    assert found is not None
    expected = careful(body, gene, "Recurso", vocabulary)
    assert found.rows.equals(expected.rows)
    assert found.balance == expected.balance
    assert found.blank == 24


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("entity", "names"), [("Rio", ["A. SAN LORENZO", "NARE"]), ("Sistema", [""])])
def test_daily_replies_are_read_as_the_careful_way_reads_them(
    catalog: Catalog, layout: Layout, entity: str, names: list[str]
) -> None:
    """Flat rows with a name, and the row of the system, which has none."""
    metric = catalog.metrics["AporEner"]
    days = [flat(day, names, entity) for day in range(1, 31)]
    body = json.dumps({**HEAD, "Items": layout(days)}, separators=(",", ":"), ensure_ascii=False).encode()
    found = fast(body, metric, entity)
    assert found is not None
    assert found.rows.equals(careful(body, metric, entity).rows)


def test_malformed_replies_are_never_read_the_fast_way_to_another_end(catalog: Catalog) -> None:
    """Over two thousand malformed replies, what the fast way accepts is what the careful way makes of it."""
    gene = catalog.metrics["Gene"]
    window = (MALFORMED_DAY, MALFORMED_DAY)
    taken = 0
    for case in malformed(2000, seed=3):
        columns = module._read_plain([case.body], [window], gene, "Recurso")
        if columns is not None:
            taken += 1
            found = module._to_rows(columns, gene, "Recurso", None)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(module, "_read_plain", lambda *_: None)
                expected = parse(case.body, gene, "Recurso", *window)
            assert found.rows.equals(expected.rows), case.kind
            assert found.balance == expected.balance, case.kind
    assert taken > 0  # some kinds only add what changes nothing


WEEKS = [(dt.date(2024, 4, 1), dt.date(2024, 4, 2)), (dt.date(2024, 4, 8), dt.date(2024, 4, 9))]


def replies(hour: bool, layout: Layout = apart) -> list[bytes]:
    """Return the plain replies of two windows of one series."""
    return [
        json.dumps(
            {
                **HEAD,
                "Items": layout(
                    [
                        hourly(day.day, {"TBST": "", "GVIO": ""}) if hour else flat(day.day, ["NARE", "GUADALUPE"])
                        for day in window
                    ]
                ),
            },
            separators=(",", ":"),
            ensure_ascii=False,
        ).encode()
        for window in WEEKS
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("hour", [True, False])
def test_replies_read_together_are_those_read_one_by_one(catalog: Catalog, layout: Layout, hour: bool) -> None:
    """The rows of each window, in their order, and one account; none where a day lies in the other's window."""
    metric, entity = (catalog.metrics["Gene"], "Recurso") if hour else (catalog.metrics["AporEner"], "Rio")
    bodies = replies(hour, layout)
    found = parse_together(bodies, WEEKS, metric, entity)
    single = [parse(body, metric, entity, *window) for body, window in zip(bodies, WEEKS, strict=True)]
    assert found is not None
    assert found.rows.equals(pa.concat_tables([each.rows for each in single]).combine_chunks())
    assert found.balance == single[0].balance + single[1].balance
    assert parse_together(bodies, WEEKS[::-1], metric, entity) is None
    assert parse_together([*bodies, bodies[0]], [*WEEKS, WEEKS[0]], metric, entity) is None
    assert parse_together([*bodies, b"{}"], [*WEEKS, WEEKS[0]], metric, entity) is None


def test_a_value_out_of_bounds_is_left_to_its_own_reply(catalog: Catalog) -> None:
    """What is refused must be quarantined under the name of the reply that held it."""
    bodies = replies(hour=True)
    bodies[1] = bodies[1].replace(b'"12.53"', b'"9e40"')
    gene = catalog.metrics["Gene"]
    assert parse_together(bodies, WEEKS, gene, "Recurso") is None
    assert {reject.rule for reject in parse(bodies[1], gene, "Recurso", *WEEKS[1]).rejects} == {"out_of_bounds"}


def test_a_day_that_is_no_text_is_no_crash(catalog: Catalog) -> None:
    """Bytes that are no UTF-8 where the day stands: the reply is refused, the run goes on."""
    body = replies(hour=True)[0].replace(b"2024-04-02", b"2024-04-\xff2")
    assert fast(body, catalog.metrics["Gene"], "Recurso") is None
    with pytest.raises(ParseError):
        parse(body, catalog.metrics["Gene"], "Recurso", *WEEKS[0])


@pytest.mark.parametrize("odd", [b"null", b'{"Items":[]}null', b"null{}", b"[]", b"{}", b"1", b'"text"', b"\x00"])
@pytest.mark.parametrize("behind", [False, True])
def test_what_is_no_object_never_reaches_arrows_reader(catalog: Catalog, odd: bytes, behind: bool) -> None:
    """`null` where a reply should stand would end the process, not only the parsing."""
    good = replies(hour=True)[0]
    for body in (odd, good + odd if behind else odd + good):
        assert fast(body, catalog.metrics["Gene"], "Recurso") is None


def test_fields_in_another_order_name_the_same_row(catalog: Catalog) -> None:
    """A code has its ids in one order, that of the declaration, whichever way a reply is written and read."""
    items = [hourly(1, {"TBST": ""}, MarketType="REGULADO"), hourly(2, {"TBST": ""}, MarketType="REGULADO")]
    rows = items[1]["HourlyEntities"]
    assert isinstance(rows, list)
    rows[0]["Values"] = dict(sorted(rows[0]["Values"].items(), key=lambda pair: pair[0] != "MarketType"))
    body = json.dumps({**HEAD, "Items": items}).encode()
    for read in (fast, careful):
        found = read(body, told_apart_by(catalog, "code", "MarketType"), "Recurso")
        assert found is not None
        assert set(found.rows["code"].to_pylist()) == {"TBST|REGULADO"}


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_rows_of_any_fields_give_the_careful_answer_or_none(catalog: Catalog, data: st.DataObject) -> None:
    """Fields of XM, absent, blank, doubled or odd, in any order and in any row: the same rows and account."""
    texts = st.sampled_from(["", " ", "A", "A ", "Sistema", "Peñol", "1", "-2.5", "+3", "1e3", "1e999", "N/D", "1,5"])
    names = st.sampled_from(["Id", "Code", "code", "Name", "Value", "Otro"])
    dates = st.sampled_from(["2024-04-01", "2024-04-02", "2024-04-02T00:00:00", "2024-05-01", "ayer"])
    row = st.lists(st.tuples(names, texts), min_size=1, max_size=4).map(
        lambda pairs: "{" + ",".join(f"{json.dumps(k)}:{json.dumps(v)}" for k, v in [*pairs, ("Value", "7")]) + "}"
    )
    likes = data.draw(st.lists(row, min_size=1, max_size=2))
    items = data.draw(st.lists(st.tuples(dates, st.lists(st.sampled_from(likes), max_size=3)), min_size=1, max_size=3))
    parts = [f'{{"Date":"{date}","DailyEntities":[{",".join(rows)}]}}' for date, rows in items]
    body = f'{{"Items":[{",".join(parts)}]}}'.encode()
    found = fast(body, catalog.metrics["AporEner"], "Rio")
    if found is not None:
        expected = careful(body, catalog.metrics["AporEner"], "Rio")
        assert found.rows.equals(expected.rows)
        assert found.balance == expected.balance


JOINTS = [
    b'"',
    b'","',
    b'":"',
    b"}",
    b"},{",
    b"]",
    b'"},{"',
    b"null",
    b"\\",
    b"1",
    b"\xff",
    b"\n",
    b"{}",
    b"[",
    b"true",
]


def mutated(body: bytes, data: st.DataObject) -> bytes:
    """Delete, double or replace some bytes."""
    first = data.draw(st.integers(0, len(body) - 1))
    last = min(first + data.draw(st.integers(0, 40)), len(body))
    put = data.draw(
        st.one_of(
            st.just(b""),
            st.sampled_from(JOINTS),
            st.just(body[first:last] * 2),
            st.binary(max_size=6),
        )
    )
    return body[:first] + put + body[last:]


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_any_change_of_bytes_gives_the_careful_answer_or_none(catalog: Catalog, data: st.DataObject) -> None:
    """Delete, double or replace any bytes of a plain reply: never other rows than the careful way finds."""
    hour = data.draw(st.booleans())
    items = [hourly(d, {"TBST": "", "GVIO": ""}) if hour else flat(d, ["NARE", "GUADALUPE"]) for d in (1, 2)]
    layout = data.draw(st.sampled_from(LAYOUTS))
    body = json.dumps({**HEAD, "Items": layout(items)}, separators=(",", ":"), ensure_ascii=False).encode()
    changed = mutated(body, data)
    metric, entity = (catalog.metrics["Gene"], "Recurso") if hour else (catalog.metrics["AporEner"], "Rio")
    found = fast(changed, metric, entity)
    if found is None:
        return
    try:
        expected = careful(changed, metric, entity)
    except ParseError:
        pytest.fail(f"taken, though it is no document: {changed!r}")
    assert found.rows.equals(expected.rows)
    assert found.balance == expected.balance


@pytest.mark.parametrize("mark", [b"\xef", b"\xbb", b"\xbf", b"\xef\xbb"])
def test_part_of_a_byte_order_mark_is_no_document(catalog: Catalog, mark: bytes) -> None:
    """Arrow's reader skips it; the careful way says that such a reply cannot be read."""
    body = replies(True, LAYOUTS[0])[0]
    assert fast(body, catalog.metrics["Gene"], "Recurso") is not None
    assert fast(mark + body, catalog.metrics["Gene"], "Recurso") is None


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_any_change_in_one_of_several_replies_gives_the_careful_answer_or_none(
    catalog: Catalog, data: st.DataObject
) -> None:
    """A change at the seam of two replies, or where they begin and end, never makes one good reply of bad ones."""
    hour = data.draw(st.booleans())
    bodies = replies(hour, data.draw(st.sampled_from(LAYOUTS)))
    place = data.draw(st.sampled_from([0, 1]))
    bodies[place] = mutated(bodies[place], data)
    metric, entity = (catalog.metrics["Gene"], "Recurso") if hour else (catalog.metrics["AporEner"], "Rio")
    found = parse_together(bodies, WEEKS, metric, entity)
    if found is None:
        return
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_read_plain", lambda *_: None)
            single = [parse(body, metric, entity, *window) for body, window in zip(bodies, WEEKS, strict=True)]
    except ParseError:
        pytest.fail(f"taken, though one is no document: {bodies!r}")
    assert found.rows.equals(pa.concat_tables([each.rows for each in single]).combine_chunks())
    assert found.balance == single[0].balance + single[1].balance
