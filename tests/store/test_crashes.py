"""A run may be killed, cut off, refused by the disk or raced: what is left is the old lake or the new one."""

from __future__ import annotations

import errno
import random
import shutil
from pathlib import Path

import pytest

from pipeline.core.errors import DiskFull, StoreError
from pipeline.store import atomic
from tests.bench.crash.devices import LOSSES, Call, Failing, PowerLoss, Tracing, Unsynced
from tests.bench.crash.kills import POINTS, TURN, run_kills
from tests.bench.crash.night import Night, check
from tests.bench.crash.races import run_races

SERIES = 2


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portal after its first night."""
    home = tmp_path_factory.mktemp("base")
    with atomic.using(Unsynced()):
        Night(home, 1, SERIES).run()
    return home


@pytest.fixture(scope="module")
def clean(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The same portal after a second night that nothing disturbed."""
    home = tmp_path_factory.mktemp("clean") / "home"
    shutil.copytree(base, home)
    with atomic.using(Unsynced()):
        Night(home, 2, SERIES).run()
    return Night(home, 2, SERIES)


@pytest.fixture(scope="module")
def states(base: Path, clean: Night) -> dict[str, str]:
    """The contents a portal may have after a fault in the second night."""
    old = Night(base, 2, SERIES).lake.manifest().fingerprint()
    return {old: "old", clean.lake.manifest().fingerprint(): "new"}


@pytest.fixture(scope="module")
def trace(base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """Every call of the second night that changed the disk, in order."""
    home = tmp_path_factory.mktemp("trace") / "home"
    shutil.copytree(base, home)
    device = Tracing()
    with atomic.using(device):
        Night(home, 2, SERIES).run()
    shutil.rmtree(home)
    shutil.copytree(base, home)
    return device.calls


@pytest.mark.slow
def test_a_killed_run_leaves_the_old_lake_or_the_new_one() -> None:
    """SIGKILL at every named point and at random times: the lake opens, verifies, and the next run makes it whole."""
    report = run_kills(points=len(POINTS), each=1, random=8)
    assert not report.bad
    assert report.kills == len(POINTS) + 8
    assert report.died >= len(POINTS)
    assert report.old and report.new


def test_every_named_point_is_passed(base: Path, tmp_path: Path) -> None:
    """The points that runs are killed at are the points of a commit, all of them."""
    shutil.copytree(base, tmp_path / "home")
    passed: list[str] = []
    with atomic.using(Unsynced()), atomic.watching(passed.append):
        Night(tmp_path / "home", TURN, SERIES).run()
    assert len(POINTS) >= 12
    assert set(POINTS) <= set(passed)
    assert set(passed) - set(POINTS) == {"ingest.json synced", "ingest.json folder synced"}


@pytest.mark.slow
@pytest.mark.parametrize(("processes", "rounds"), [(2, 3), (8, 2)])
def test_of_many_runs_at_once_one_commits(processes: int, rounds: int) -> None:
    """One wins; the others are told to try later (exit 75), at once."""
    report = run_races(rounds, processes)
    assert not report.bad
    assert (report.rounds, report.slowest < 2) == (rounds, True)


def test_calls_come_in_the_order_that_lasts(trace: list[Call], base: Path) -> None:
    """Data fsync → rename → folder fsync, for each part, before the manifest; the manifest before CURRENT."""
    steps = [(c.what, c.path) for c in trace]
    renamed = [i for i, c in enumerate(trace) if c.what == "rename" and "bronze" not in c.path.parts]
    for i in renamed:
        target = trace[i]
        written, synced = steps.index(("write", target.source)), steps.index(("sync", target.source))
        assert written < synced < i
        assert steps.index(("sync", target.path.parent), i) == i + 1
    names = [trace[i].path.name for i in renamed]
    assert [name.split("-")[0] for name in names[-3:]] == ["manifest", "CURRENT", "ingest.json"]
    assert all(name.endswith(".parquet") for name in names[:-3])
    assert len(names) == SERIES * 2 + 3 + 3, "parts of two years per series, three tables, three pointers"
    flushed = steps.index(("flush", Path()))
    assert max(i for i, c in enumerate(trace) if "bronze" in c.path.parts) < flushed < renamed[-3]
    for i, call in enumerate(trace):
        if call.what == "folder" and "bronze" not in call.path.parts:
            assert steps[i + 1] == ("sync", call.path.parent)


@pytest.mark.slow
def test_power_loss_at_any_moment(
    trace: list[Call], base: Path, clean: Night, states: dict[str, str], tmp_path: Path
) -> None:
    """Whatever was not synced is gone, empty, torn or there in part: the lake is the old one or the new one."""
    root = trace[0].path
    while root.name != "home":
        root = root.parent
    before = Night(base, 1, SERIES).tree()
    rng = random.Random(7)
    seen = set()
    for length in range(len(trace) + 1):
        for loss in LOSSES:
            disk = PowerLoss(before, root)
            for call in trace[:length]:
                disk.do(call)
            place = tmp_path / "after"
            disk.after(loss, place, rng)
            fault = check(place, 2, states, series=SERIES)
            assert not fault, f"power lost after {length} calls, {loss}: {fault}"
            seen.add(states[Night(place, 2, SERIES).lake.manifest().fingerprint()])
            if length % 12 == 0 and loss == "any of it":
                with atomic.using(Unsynced()):
                    Night(place, 2, SERIES).run()
                assert Night(place, 2, SERIES).tree() == clean.tree()
            shutil.rmtree(place)
    assert seen == {"old", "new"}


def test_the_model_of_power_loss_can_fail(
    trace: list[Call], base: Path, states: dict[str, str], tmp_path: Path
) -> None:
    """Without the syncs the same runs do lose the lake: the model is no formality."""
    root = next(p for p in trace[0].path.parents if p.name == "home")
    rng = random.Random(7)
    bad = 0
    for length in range(0, len(trace), 3):
        disk = PowerLoss(Night(base, 1, SERIES).tree(), root)
        for call in trace[:length]:
            if call.what not in {"sync", "flush"}:
                disk.do(call)
        disk.after("any of it", tmp_path / "after", rng)
        try:
            bad += bool(check(tmp_path / "after", 2, states, series=SERIES))
        except (StoreError, ValueError):
            bad += 1
        shutil.rmtree(tmp_path / "after")
    assert bad > 0


@pytest.mark.slow
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_every_failing_call_leaves_the_old_lake_or_the_new_one(
    base: Path, clean: Night, states: dict[str, str], tmp_path: Path, code: int
) -> None:
    """The n-th write, sync, rename, folder or removal fails, for every n: a clean error, and the next run is whole."""
    place = tmp_path / "home"
    for n in range(1, 200):
        shutil.copytree(base, place)
        try:
            with atomic.using(Failing(n, code)):
                Night(place, 2, SERIES).run()
        except StoreError as error:
            assert isinstance(error, DiskFull) == (code == errno.ENOSPC)
            assert "intact" in error.hint
        else:
            break
        fault = check(place, 2, states, series=SERIES)
        assert not fault, f"call {n}: {fault}"
        if n % 4 == 0:
            with atomic.using(Unsynced()):
                Night(place, 2, SERIES).run()
            assert Night(place, 2, SERIES).tree() == clean.tree(), f"call {n}"
        shutil.rmtree(place)
    assert n > 45, "the fault was injected at too few places"
    assert Night(place, 2, SERIES).tree() == clean.tree()


def test_what_a_dead_run_left_is_swept_and_never_read(base: Path, clean: Night, tmp_path: Path) -> None:
    """Temporary files beside the lake, in it and in the archive, a part and a manifest of no commit: all go."""
    home = tmp_path / "home"
    shutil.copytree(base, home)
    sound = Night(home, 2, SERIES)
    window = next((home / "bronze" / "xm" / "Metric0" / "Sistema").iterdir())
    temp = f"{atomic.TEMP_PREFIX}1-2024-01-02-000000000000.json.zst.tmp"
    leftovers = [
        home / f"{atomic.TEMP_PREFIX}1-ingest.json.tmp", home / "lake" / f"{atomic.TEMP_PREFIX}1-CURRENT.tmp",
        home / "lake" / "Metric0" / "Sistema" / f"{atomic.TEMP_PREFIX}1-2024-000000000000.parquet.tmp",
        home / "lake" / "Metric0" / "Sistema" / "2024-000000000000.parquet",
        home / "lake" / "manifest-2-000000000000.json", home / "bronze" / ".tmp-files" / temp,
    ]  # fmt: skip
    before = sound.lake.read("Metric0", "Sistema")
    for path in leftovers:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"torn")
    (window / temp).write_bytes(b"torn")
    assert sound.lake.read("Metric0", "Sistema").equals(before)
    assert not sound.lake.verify()
    assert len(sound.bronze.newest("xm", "Metric0", "Sistema")) == 1
    (window / temp).unlink()
    with atomic.using(Unsynced()):
        sound.run()
    assert sound.tree() == clean.tree()
    assert not any(path.exists() for path in leftovers)
