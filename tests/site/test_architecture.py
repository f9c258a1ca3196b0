"""The page of the architecture is drawn from the imports."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from pipeline.core.paths import PACKAGE
from pipeline.site.pages import architecture as pages


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A house of three rooms: `flow` reads `store` and `core`, `store` reads `core`."""
    house = tmp_path / "pipeline"
    for name, text in {
        "__init__.py": "",
        "core/__init__.py": "import os\n",
        "core/a.py": "from pipeline.core import b\n",
        "store/b.py": "from pipeline.core.a import x\nimport pipeline.core.c\nfrom . import y\n",
        "flow.py": "from pipeline import store\n\n\ndef f():\n    from pipeline.core import a\n    import sys\n",
        "views/a.sql": "SELECT 1",
    }.items():
        (house / name).parent.mkdir(parents=True, exist_ok=True)
        (house / name).write_text(text)
    return house


def test_rooms_and_what_they_read(package: Path) -> None:
    """Imports of one's own room, of what is not there and of other packages count for nothing; late ones count."""
    found = pages.rooms(package)
    assert {name: dict(room.reads) for name, room in found.items()} == {
        "core": {},
        "store": {"core": 2},
        "flow": {"store": 1, "core": 1},
    }
    assert (found["core"].modules, found["flow"].lines) == (2, 6)
    assert pages.levels(found) == [["flow"], ["store"], ["core"]]


def test_only_arrows_that_no_other_way_implies(package: Path) -> None:
    """`flow` reaches `core` through `store`: that arrow would only clutter."""
    assert pages._needed(pages.rooms(package)) == [("flow", "store"), ("store", "core")]


def test_two_rooms_that_read_each_other_do_not_hang(package: Path) -> None:
    """A cycle is drawn, not followed for ever."""
    (package / "core" / "a.py").write_text("from pipeline.store import b\n")
    assert ET.fromstring(pages.drawing(pages.rooms(package))).tag == "svg"


def test_every_room_of_the_house_has_its_words_and_its_box() -> None:
    """A new room needs a sentence in Spanish; the drawing is well-formed and the same every time."""
    found = pages.rooms(PACKAGE)
    assert {name for name in found if not pages.WORDS.get(name)} == set()
    drawn = ET.fromstring(pages.drawing(found))
    assert [box.tag for box in drawn].count("rect") == len(found)
    assert pages.architecture(PACKAGE) == pages.architecture(PACKAGE)
