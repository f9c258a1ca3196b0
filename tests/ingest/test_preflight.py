"""A run that cannot reach XM says so at once, and what to do."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pipeline.core.errors import SourceUnavailable, UsageError
from pipeline.core.settings import Settings
from pipeline.ingest.addresses import identify
from pipeline.ingest.sources.xm import preflight
from tests.ingest.stub import StubXm


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_source_that_answers_hands_over_its_list(stub: StubXm, settings: Settings) -> None:
    """One request tells that XM is there and brings its catalogue."""
    body = preflight(settings)
    assert body is not None
    assert b"ListEntities" in body
    assert stub.asked == [("lists", {"MetricId": "ListadoMetricas"})]


@pytest.mark.parametrize("where", ["http://127.0.0.1:{port}", "https://xm.invalid", "proxy"])
def test_an_unreachable_source_is_told_at_once(settings: Settings, where: str) -> None:
    """Nobody listens, no such name, the proxy refuses: exit 75 in seconds, with a hint (I21)."""
    port = free_port()
    change = {"xm_proxy": f"http://127.0.0.1:{port}"} if where == "proxy" else {"xm_base_url": where.format(port=port)}
    begun = time.monotonic()
    with pytest.raises(SourceUnavailable, match="PORTAL_XM_PROXY") as caught:
        preflight(settings.model_copy(update=change))
    assert caught.value.exit_code == 75
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    ("status", "text"), [(403, "Access denied"), (200, "<html>Sitio no disponible en su país</html>"), (451, "")]
)
def test_a_refusal_is_no_dead_list(stub: StubXm, settings: Settings, status: int, text: str) -> None:
    """A wall in front of XM is told apart from a list that does not work."""

    async def wall(request: web.Request, body: dict[str, Any], turn: int) -> web.Response:
        return web.Response(status=status, text=text)

    stub.respond = wall
    with pytest.raises(SourceUnavailable, match="Colombia"):
        preflight(settings)


@pytest.mark.parametrize("fault", ["500", "hang"])
def test_a_dead_list_stops_no_known_metric(stub: StubXm, settings: Settings, fault: str) -> None:
    """ListadoMetricas fails or hangs while XM is alive: the run goes on with the last good copy (I16)."""

    async def dead(request: web.Request, body: dict[str, Any], turn: int) -> web.Response | None:
        if request.method == "GET":
            return web.Response(status=404)
        if fault == "hang":
            await asyncio.sleep(1)
        return web.Response(status=500)

    stub.respond = dead
    assert preflight(settings.model_copy(update={"xm_read_timeout": 0.2})) is None


def test_a_host_that_accepts_and_never_answers_is_unreachable(stub: StubXm, settings: Settings) -> None:
    """Silence on every path is an outage."""

    async def silent(request: web.Request, body: dict[str, Any], turn: int) -> None:
        await asyncio.sleep(1)

    stub.respond = silent
    with pytest.raises(SourceUnavailable, match="timeout"):
        preflight(settings.model_copy(update={"xm_read_timeout": 0.2}))


@contextmanager
def serving_tls(certificate: Path, key: Path) -> Iterator[str]:
    """Accept TLS on loopback and answer an empty list of items."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            try:
                raw, _ = listener.accept()
                with context.wrap_socket(raw, server_side=True) as secure:
                    secure.recv(65536)
                    secure.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{"Items": []}')
            except OSError:
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        thread.join()
        listener.close()


def openssl(folder: Path, *arguments: str) -> None:
    try:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed: certificates cannot be made")


CA = """[ca]
default_ca = here
[here]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
"""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make three certificates that sign themselves: good, for another host, and expired."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "ca.cnf").write_text(CA)
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for name, host in (("good", "localhost"), ("other", "example.org"), ("expired", "localhost")):
        subject = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-keyout", f"{name}.key"]
        if name != "expired":
            openssl(folder, "req", "-x509", *key, *subject, "-days", "30", "-out", f"{name}.pem")
            continue
        openssl(folder, "req", "-new", *key, *subject, "-out", f"{name}.csr")
        dates = ["-startdate", "20240101000000Z", "-enddate", "20240102000000Z"]
        files = ["-keyfile", f"{name}.key", "-in", f"{name}.csr", "-out", f"{name}.pem"]
        openssl(folder, "ca", "-batch", "-selfsign", "-notext", "-config", "ca.cnf", *dates, *files)
    return folder


@pytest.mark.parametrize(
    ("name", "trusted", "said"),
    [("good", False, "self-signed"), ("other", True, "ostname mismatch"), ("expired", True, "expired")],
)
def test_bad_certificates_are_refused(
    certificates: Path, settings: Settings, name: str, trusted: bool, said: str
) -> None:
    """Unsigned, for another host, expired: refused with what is wrong and what to do (I25)."""
    with serving_tls(certificates / f"{name}.pem", certificates / f"{name}.key") as url:
        change = {"xm_base_url": url, "xm_ca_bundle": certificates / f"{name}.pem" if trusted else None}
        with pytest.raises(SourceUnavailable, match=said) as caught:
            preflight(settings.model_copy(update=change))
    assert "PORTAL_XM_CA_BUNDLE" in caught.value.hint


def test_a_private_authority_can_be_named(certificates: Path, settings: Settings) -> None:
    """With its PEM file the same server is trusted; a file that is none is a usage error."""
    with serving_tls(certificates / "good.pem", certificates / "good.key") as url:
        change = {"xm_base_url": url, "xm_ca_bundle": certificates / "good.pem"}
        assert preflight(settings.model_copy(update=change)) == b'{"Items": []}'
        with pytest.raises(UsageError, match="PEM"):
            preflight(settings.model_copy(update=change | {"xm_ca_bundle": Path(__file__)}))


def test_verification_cannot_be_switched_off() -> None:
    """No code of the stage turns certificate checks off."""
    sources = Path(__file__).parents[2] / "pipeline" / "ingest"
    text = "".join(path.read_text("utf-8") for path in sources.rglob("*.py"))
    assert not any(word in text for word in ("verify=False", "CERT_NONE", "ssl=False", "check_hostname"))


def test_a_certificate_nobody_vouches_for_is_no_missing_emulator(certificates: Path) -> None:
    """On the loopback the hint names the setting that mends it; with it, the address answers (S13)."""
    with serving_tls(certificates / "good.pem", certificates / "good.key") as url:
        with pytest.raises(SourceUnavailable, match="PORTAL_XM_CA_BUNDLE") as caught:
            identify(url)
        assert "inv emulator" not in str(caught.value)
        assert identify(url, certificates / "good.pem") == "replayed"
