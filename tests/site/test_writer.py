"""Files are written only when they change, pages made only when their inputs do."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.errors import RenderError
from pipeline.site.context import Page, Raster
from pipeline.site.writer import Job, Writer, key_of, sources_hash


def job(name: str, key: str, text: str = "a") -> Job:
    """Return a page of one Markdown file and one asset."""
    return Job(name, key, lambda: Page(f"{name}.md", text, {f"assets/{name}.json": text}))


def broken(name: str, key: str) -> Job:
    """Return a page that cannot be made."""

    def fail() -> Page:
        raise RenderError("bad block", board=name)

    return Job(name, key, fail)


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    """A writer on an empty folder."""
    return Writer(tmp_path / "docs", tmp_path / "render.json")


def again(writer: Writer) -> Writer:
    """Return a new writer on the same folder, as the next run has it."""
    return Writer(writer.docs, writer.state_path)


def test_unchanged_inputs_are_not_even_rendered(writer: Writer) -> None:
    """The second run makes nothing and touches no file."""
    assert writer.run([job("a", "1"), job("b", "1")]).written == 4
    before = (writer.docs / "a.md").stat().st_mtime_ns
    report = again(writer).run([job("a", "1"), broken("b", "1")])
    assert (report.skipped, report.written, report.failed) == (2, 0, {})
    assert (writer.docs / "a.md").stat().st_mtime_ns == before


def test_one_changed_input_makes_one_page(writer: Writer) -> None:
    """Only the page whose key moved is made, only files whose bytes moved are written."""
    writer.run([job("a", "1"), job("b", "1")])
    report = again(writer).run([job("a", "2", "new"), job("b", "1")])
    assert report.rendered == ("a",)
    assert report.files == ("a.md", "assets/a.json")
    report = again(writer).run([job("a", "3", "new"), job("b", "1")])
    assert (report.rendered, report.written) == (("a",), 0)


def test_a_picture_is_drawn_when_what_it_is_drawn_from_is_new(writer: Writer) -> None:
    """Its page may be made again every night: the picture is left alone, unless its file is gone."""
    drawn: list[str] = []

    def paged(key: str, look: str) -> Job:
        picture = Raster(look, lambda: drawn.append(look) or look.encode())
        return Job("a", key, lambda: Page("a.md", key, {"a.png": picture}))

    for key, look, files in [("1", "x", {"a.md", "a.png"}), ("2", "x", {"a.md"}), ("3", "y", {"a.md", "a.png"})]:
        assert set(again(writer).run([paged(key, look)]).files) == files
    assert again(writer).run([broken("a", "4")]).failed
    assert again(writer).run([paged("5", "y")]).files == ("a.md",)
    assert drawn == ["x", "y"]
    (writer.docs / "a.png").unlink()
    assert again(writer).run([paged("5", "y")]).files == ("a.png",)


def test_shares_of_several_processes_are_one_rendering(writer: Writer) -> None:
    """Each draws its pages; together they own what stands, and what no page owns goes."""
    writer.run([job("a", "1"), job("b", "1"), job("c", "1")])
    one, other = (again(writer).draw(jobs) for jobs in ([job("a", "1"), broken("b", "2")], [job("d", "1")]))
    assert (writer.docs / "c.md").exists(), "until all are done"
    report = again(writer).finish([one, other])
    assert (report.pages, report.skipped, report.rendered, set(report.failed)) == (3, 1, ("d",), {"b"})
    assert report.removed == ("assets/c.json", "c.md")
    assert again(writer).run([job("a", "1"), job("b", "2", "better"), job("d", "1")]).rendered == ("b",)


def test_a_deleted_file_is_made_again(writer: Writer) -> None:
    """build/ may be deleted at any time."""
    writer.run([job("a", "1")])
    (writer.docs / "assets" / "a.json").unlink()
    assert again(writer).run([job("a", "1")]).files == ("assets/a.json",)


def test_a_failed_page_keeps_its_last_good_version(writer: Writer) -> None:
    """The old page stays, the failure is named, and the next run tries again."""
    writer.run([job("a", "1", "good")])
    report = again(writer).run([broken("a", "2")])
    assert "bad block" in report.failed["a"]
    assert (writer.docs / "a.md").read_text() == "good"
    assert again(writer).run([job("a", "2", "better")]).rendered == ("a",)


def test_leftovers_go(writer: Writer) -> None:
    """A page that left the catalogue leaves the folder, and so does what no page owns."""
    writer.run([job("a", "1"), job("b", "1")])
    (writer.docs / "suelta.md").write_text("of an older release")
    report = again(writer).run([job("a", "1")])
    assert report.removed == ("assets/b.json", "b.md", "suelta.md")
    assert [path.name for path in writer.docs.glob("*.md")] == ["a.md"]


@pytest.mark.parametrize("damage", ["", "{", "\x00"])
def test_a_damaged_memory_is_none(writer: Writer, damage: str) -> None:
    """What was done is forgotten, so it is done again; no file changes."""
    writer.run([job("a", "1")])
    writer.state_path.write_text(damage)
    report = again(writer).run([job("a", "1")])
    assert (report.rendered, report.written, report.removed) == (("a",), 0, ())


def test_key_tells_its_inputs_apart() -> None:
    """Inputs do not run into each other."""
    assert key_of("ab", "c") != key_of("a", "bc")


def test_new_templates_are_new_inputs(tmp_path: Path) -> None:
    """The hash of the sources follows their bytes and names."""
    (tmp_path / "a.html").write_text("1")
    first = sources_hash([tmp_path])
    (tmp_path / "a.html").write_text("2")
    assert sources_hash([tmp_path]) != first
