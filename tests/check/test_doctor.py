"""The doctor: what it finds of a machine, of a portal and of a source that changed; and what it never says."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from pipeline.check.contact import Contact, Finding, Heard, differences, first_contact
from pipeline.check.doctor import LOOKS, Checked, examine, table
from pipeline.core.errors import SourceUnavailable
from pipeline.core.settings import Settings, load_settings
from pipeline.store.lake import Lake
from tests.bench.doctor import CHANGES, TODAY, bench_doctor

NOW = dt.datetime(2026, 5, 20, 6, 0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A portal that was never built."""
    return load_settings(data_dir=tmp_path / "data", build_dir=tmp_path / "build")


def found(settings: Settings, what: str) -> Checked:
    """What the doctor says of one thing."""
    return next(each for each in examine(settings, NOW) if each.what == what)


@pytest.mark.slow
def test_every_change_of_a_source_is_found_and_an_unchanged_one_is_not_accused() -> None:
    """The bench in whole: twelve ways and more, each named in one line."""
    lines = {line.what: line for line in bench_doctor()}
    assert len(CHANGES) >= 12
    assert [line.what for line in lines.values() if not line.ok] == []
    assert lines["questions asked"].value > 12


def test_a_new_machine_is_not_ill(settings: Settings) -> None:
    """Nothing built yet is a note with what to do; everything is looked at."""
    said = examine(settings, NOW)
    assert [each.what for each in said] == list(LOOKS)
    assert {each.what for each in said if each.state == "ill"} <= {"disk", "packages"}
    assert found(settings, "lake") == Checked(
        "lake", "note", "no data yet", "run ./inv build, or ./inv restore --from a published portal"
    )


def test_what_ails_a_portal_is_named_with_its_cure(settings: Settings, tmp_path: Path) -> None:
    """A failed run, a pointer to nowhere, no room."""
    (tmp_path / "build" / "reports").mkdir(parents=True)
    told = {"exit_code": 75, "failed": ["xm: no answer"], "seconds": {"ingest": 3.0}}
    (tmp_path / "build" / "reports" / "run.json").write_text(json.dumps(told))
    lake = Lake(tmp_path / "data" / "lake")
    lake.root.mkdir(parents=True)
    (lake.root / "CURRENT").write_text("manifest-nowhere.json\n")
    said = {each.what: each for each in examine(settings, NOW)}
    assert (said["last run"].state, said["last run"].found) == ("ill", "ended with 75: xm: no answer")
    assert said["lake"].state == "ill" and said["lake"].cure
    assert "2 of 12 ill" in table([said["last run"], said["lake"], *([said["python"]] * 10)])


def test_no_key_is_ever_shown(settings: Settings) -> None:
    """Whether a secret is set is said; what it is, or the proxy's password, is not."""
    secret = {"groq_api_key": "gsk-1234", "llm_api_key": "sk-5678", "xm_proxy": "http://me:hunter2@proxy.example:3128"}
    update = {name: load_settings(llm_api_key=v).llm_api_key if "key" in name else v for name, v in secret.items()}
    said = table(examine(settings.model_copy(update=update), NOW))
    assert "groq_api_key: set" in said and "xm_proxy: set" in said and "openrouter_api_key: not set" in said
    assert not [value for value in ("gsk-1234", "sk-5678", "hunter2") if value in said]


def test_the_report_can_be_sent_and_the_answers_kept(tmp_path: Path) -> None:
    """Text and JSON say the same, and every answer lies beside them."""
    finding = Finding("xm hours", "field Items", "list", "gone")
    contact = Contact(TODAY, ("https://xm.example",), {"xm hours": Heard(200, b"{}")}, (finding,))
    contact.save(tmp_path)
    assert "xm hours: field Items: list → gone" in (tmp_path / "contact.txt").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "contact.json").read_text())["findings"] == [finding._asdict()]
    assert (tmp_path / "xm-hours.200.json").read_bytes() == b"{}"


@pytest.mark.slow
def test_a_source_that_says_nothing_is_for_later() -> None:
    """Nobody listens: exit 75, and not a list of differences."""
    nobody = load_settings(xm_base_url="http://127.0.0.1:9", simem_base_url="http://127.0.0.1:9", xm_backoff=0.001)
    with pytest.raises(SourceUnavailable, match="Neither XM nor SIMEM") as refused:
        first_contact(nobody, TODAY)
    assert refused.value.exit_code == 75


def test_words_that_look_like_numbers_are_words(settings: Settings) -> None:
    """A name may be `1234`; a number that becomes a word is told."""
    from pipeline.catalog.load import load_catalog

    def said(*names: str) -> dict[str, Heard]:
        rows = [{"a": name} for name in names]
        return {"xm list of metrics": Heard(400, b'""'), "x": Heard(200, json.dumps(rows).encode())}

    catalog = load_catalog()
    assert differences(said("SAN CARLOS"), said("1234", "2026-01-01"), catalog, TODAY) == []
    assert differences(said("12"), said("n/d"), catalog, TODAY) == [
        Finding("x", "type of [].a", "number in quotes", "text")
    ]
