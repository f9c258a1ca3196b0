"""Scenes are lived once a session, in folders that all workers share."""

from __future__ import annotations

from pathlib import Path

from tests.once import Once
from tests.truth.cases import NEVER, SCENES, SORES, TWINS, Scene
from tests.truth.house import DAY, FIRST, Published, live, read
from tests.truth.judge import Truth


def base_of(once: Once) -> Published:
    """Return the portal after its first night: its views, no site."""
    return once("truth base", lambda home: live(home, [(FIRST, SORES)], run=read))


def lived(name: str, once: Once) -> Published:
    """Return the portal after the nights of a scene."""
    base = base_of(once)

    def make(home: Path) -> Published:
        return live(home, [(FIRST + n * DAY, told) for n, told in SCENES[name]], base=base.home)

    return once(f"truth {name}", make)


def truth_of(name: str, once: Once) -> Truth:
    """Return what is right after the nights of a scene."""
    return Truth(lived(TWINS.get(name, name), once), (base_of(once),), lived("clean weeks", once), NEVER)


def scene_of(name: str, once: Once) -> Scene:
    """Return a scene with what is right."""
    return Scene(name, lived(name, once), truth_of(name, once), base_of(once))
