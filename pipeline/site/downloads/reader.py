"""The readers for Python and R: one file each that knows where it came from, and a wheel for `pip`."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from pathlib import Path

from pipeline.site.downloads.data import FOLDER
from pipeline.site.downloads.zips import write_zip
from pipeline.site.tree import Content

SOURCES = Path("readers")
NAME = "portal_energetico"


def reader_files(templates: Path, site_url: str) -> dict[str, Content]:
    """Return the readers below `datos/lectores/`, with the address of this portal in it; without one it asks for it."""
    where = f"{site_url.rstrip('/')}/" if site_url else ""
    code, recipe = (
        (templates / SOURCES / name).read_text(encoding="utf-8")
        .replace('{{ site_url or "https://…/" }}', where or "https://…/").replace("{{ site_url }}", where)
        for name in ("portal.py", "portal.R")
    )  # fmt: skip
    found = re.search(r'__version__ = "([^"]+)"', code)
    version = found[1] if found else "0"
    folder = f"{FOLDER}/lectores"
    return {
        f"{folder}/portal.py": code.encode(),
        f"{folder}/portal.R": recipe.encode(),
        f"{folder}/{NAME}-{version}-py3-none-any.whl": _wheel(code.encode(), version, where),
    }


def _wheel(code: bytes, version: str, home: str) -> bytes:
    about = f"{NAME}-{version}.dist-info"
    files = {
        "portal.py": code,
        f"{about}/METADATA": (
            f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {version}\n"
            "Summary: Lee los datos del Portal Energético de Colombia\n"
            + (f"Home-page: {home}\n" if home else "")
            + "License: MIT\nRequires-Python: >=3.9\nRequires-Dist: pandas>=2\nRequires-Dist: pyarrow>=14\n"
        ).encode(),
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nGenerator: portal\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_digest(content)},{len(content)}\n" for name, content in files.items())
    files[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n".encode()
    stream = io.BytesIO()
    write_zip(stream, files.items())
    return stream.getvalue()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
