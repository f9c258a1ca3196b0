"""What a server of one's own needs: units that systemd accepts, a configuration for nginx, a whole container."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.core.paths import ROOT
from pipeline.site.serve import _TYPES

DEPLOY = ROOT / "deploy"
NGINX = shutil.which("nginx") or next(filter(Path.exists, [Path("/usr/sbin/nginx")]), None)
SYSTEMD = shutil.which("systemd-analyze")


def said(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command that must work; return what it says."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def fields(unit: str) -> dict[str, list[str]]:
    """Return the settings of a unit."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", (DEPLOY / unit).read_text(encoding="utf-8"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.skipif(SYSTEMD is None, reason="systemd is not here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """Verified with the checkout where this machine has it."""
    for unit in ("portal.service", "portal.timer"):
        text = (DEPLOY / unit).read_text(encoding="utf-8").replace("/srv/portal", str(ROOT))
        (tmp_path / unit).write_text(text.replace("User=portal", "User=root"))
    assert said(SYSTEMD or "", "verify", "--man=no", tmp_path / "portal.service", tmp_path / "portal.timer") == ""
    for when in fields("portal.timer")["OnCalendar"]:
        said(SYSTEMD or "", "calendar", when)


def test_the_service_tries_again_when_it_is_told_to() -> None:
    """Code 75 starts it again, those that ask for a person do not; it writes in its folder alone."""
    service = fields("portal.service")
    assert service["Restart"] == ["on-failure"] and service["RestartPreventExitStatus"] == ["1 2"]
    assert service["ReadWritePaths"] == service["WorkingDirectory"] == ["/srv/portal"]
    tasks = (ROOT / "tasks.py").read_text(encoding="utf-8")
    for command in service["ExecStart"] + service["ExecStartPost"]:
        assert f"def {command.split()[1]}(" in tasks


def test_a_server_runs_when_the_workflow_does() -> None:
    """The timer has the hours of the nightly workflow."""
    nightly = yaml.safe_load((ROOT / ".github" / "workflows" / "nightly.yml").read_text(encoding="utf-8"))
    (hours, monday) = (entry["cron"].split() for entry in nightly[True]["schedule"])
    often, weekly = fields("portal.timer")["OnCalendar"]
    assert [int(hour) for hour in hours[1].split(",")] == [int(h) for h in re.findall(r"\d\d(?=[,:])", often)[:4]]
    assert hours[0] in often and weekly == f"Mon *-*-* {int(monday[1]):02d}:{int(monday[0]):02d}:00 UTC"


def directives(text: str) -> list[str]:
    """Return the directives of a configuration; braces close, and each directive ends."""
    bare = re.sub(r"#.*", "", text).replace("{12}", "")
    assert bare.count("{") == bare.count("}") and not re.search(r"[^;{}\s]\s*\n\s*\}", bare)
    return [" ".join(part.split()) for part in re.split(r"[;{}]", bare) if part.strip()]


def test_nginx_serves_the_types_that_our_own_server_does() -> None:
    """A browser takes WebAssembly and modules by their type only; Parquet answers ranges to anybody."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    types = re.findall(r"^ {8}(\S+/\S+) ([a-z0-9 ]+);$", text, re.MULTILINE)
    told = {f".{end}": name for name, ends in types for end in ends.split()}
    for end, wanted in _TYPES.items():
        assert told[end] == wanted.partition(";")[0], end
    assert "Access-Control-Allow-Origin *" in text and "error_page 404 /404.html;" in text
    assert len(directives(text)) > 30


@pytest.mark.skipif(NGINX is None, reason="nginx is not here")
def test_nginx_accepts_the_configuration(tmp_path: Path) -> None:
    """`nginx -t`, with the folders of this machine."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8").replace("listen [::]:80;", "")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    scratch = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    whole = f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{scratch}\n{text}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole.replace("listen 80;", "listen 127.0.0.1:18080;"))
    assert "test is successful" in said(NGINX or "", "-t", "-c", tmp_path / "nginx.conf", "-p", tmp_path)


def test_the_container_holds_all_that_the_line_reads(tmp_path: Path) -> None:
    """From the files that it copies alone, the command line starts and the declarations load."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    for line in re.findall(r"^COPY --chown=portal (.*)$", text, re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            place = tmp_path / target / (source if target == "./" else "")
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place)
    assert "doctor" in said(sys.executable, "tasks.py", "--list", cwd=tmp_path)
    loads = "from pipeline.core.settings import load_settings as s; from pipeline.check.doctor import examine, table; "
    loads += "from pipeline.core.clock import now_bogota as n; from pipeline.catalog.load import load_catalog as c; "
    assert "packages  well" in said(sys.executable, "-c", f"{loads} c(); print(table(examine(s(), n())))", cwd=tmp_path)
    assert re.search(r"^ENTRYPOINT \[\"./inv\"\]$", text, re.MULTILINE) and "USER portal" in text
