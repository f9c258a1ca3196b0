"""The API holds to its contract, and what machines read of the data is true of the files beside it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import duckdb
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from pipeline.catalog.load import Catalog
from pipeline.core.paths import ROOT
from pipeline.site.downloads.open_metadata import contract, dataset
from tests.world import SmallWorld

pytestmark = [pytest.mark.slow]
CONTRACT = contract(ROOT / "templates")


def _documents(site: Path) -> Iterator[tuple[str, Path]]:
    """Yield every document that the contract speaks of, with its address in it."""
    for address in CONTRACT["paths"]:
        found = sorted(site.glob(re.sub(r"\{\w+\}", "*", address).lstrip("/")))
        assert found, address
        yield from ((address, path) for path in found)


def _judge(address: str) -> Draft202012Validator:
    answer = CONTRACT["paths"][address]["get"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": CONTRACT["components"]})


def test_the_contract_is_openapi_and_what_the_site_publishes(world: SmallWorld) -> None:
    """It is valid OpenAPI 3.1, and the published file is it."""
    validate(CONTRACT)
    assert json.loads((world.paths.site / "api" / "v1" / "openapi.json").read_text(encoding="utf-8")) == CONTRACT


def test_every_document_holds_to_the_contract(world: SmallWorld) -> None:
    """Field by field, nothing more and nothing less; no file of the API is left out."""
    site = world.paths.site
    seen = set()
    for address, path in _documents(site):
        faults = [error.message for error in _judge(address).iter_errors(json.loads(path.read_text(encoding="utf-8")))]
        assert faults == [], path
        seen.add(path)
    assert {*(site / "api" / "v1").rglob("*.json")} - seen == {site / "api" / "v1" / "openapi.json"}


def _spoilt(document: Any) -> Iterator[tuple[str, Any]]:
    """Yield a document spoilt in one place: a field more, one less, a value of another kind."""
    for name, inner in document.items():
        yield f"without {name}", {key: value for key, value in document.items() if key != name}
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            other = copy.deepcopy(document)
            other[name][0] = {**inner[0], "nuevo": 1}
            yield f"{name}[0] has a field more", other
    yield "a field more", {**document, "nuevo": 1}
    yield "another version", {**document, "version": "v2"}


def test_the_contract_can_be_broken(world: SmallWorld) -> None:
    """A document with a field more, one less or another version is refused: the contract is no formality."""
    judged = 0
    for address, path in _documents(world.paths.site):
        if "{" in address:
            continue
        document = json.loads(path.read_text(encoding="utf-8"))
        judge = _judge(address)
        for what, spoilt in _spoilt(document):
            optional = what.startswith("without dudar_")
            assert optional or not judge.is_valid(spoilt), (address, what)
            judged += 1
    assert judged > 40


def test_the_catalogue_has_what_dcat_ap_asks(world: SmallWorld, catalog: Catalog) -> None:
    """Each metric is a dataset with title, description, publisher, licence and addresses that answer."""
    site = world.paths.site
    document = json.loads((site / "datos" / "catalogo.jsonld").read_text(encoding="utf-8"))
    assert document["dct:title"]["@value"] and document["dct:description"]["@value"] and document["dct:publisher"]
    sets = document["dcat:dataset"]
    assert [found["dct:identifier"] for found in sets] == list(catalog.metrics)
    base = "https://ejemplo.co/datos/catalogo.jsonld"
    for found in sets:
        assert found["dct:title"]["@value"] and found["dct:description"]["@value"]
        for distribution in found["dcat:distribution"]:
            assert distribution["dct:license"]["@id"].startswith("https://")
            address = urljoin(base, distribution["dcat:accessURL"]["@id"]).removeprefix("https://ejemplo.co/")
            path = site / address.partition("#")[0]
            assert (path / "index.html").is_file() if address.partition("#")[0].endswith("/") else path.is_file()


def test_croissant_names_files_and_columns_that_are_there(world: SmallWorld) -> None:
    """Every file has its hash, every record set the columns of its file."""
    folder = world.paths.site / "datos"
    document = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    con = duckdb.connect()
    for found, rows in zip(document["distribution"], document["recordSet"], strict=True):
        path = folder / found["contentUrl"]
        digest = con.execute("SELECT sha256(content) FROM read_blob(?)", [str(path)]).fetchone()
        assert digest == (found["sha256"],)
        columns = [
            row[0]
            for row in con.execute(
                "DESCRIBE SELECT * FROM read_csv(?)"
                if path.suffix == ".csv"
                else "DESCRIBE SELECT * FROM read_parquet(?)",
                [str(path)],
            ).fetchall()
        ]
        assert [field["source"]["extract"]["column"] for field in rows["field"]] == columns


def test_a_metric_page_is_a_dataset_for_search_engines(world: SmallWorld, catalog: Catalog) -> None:
    """The page carries its description as data, with addresses of this portal where they are known."""
    for metric in ("PrecBolsNaci", "Gene", "ListadoRecursos"):
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', world.page(f"metricas/{metric}"), re.S)
        assert found
        told = json.loads(found[1])
        assert told["@type"] == "Dataset" and told["identifier"] == metric
        assert told["description"] == catalog.metrics[metric].definition
        assert told["distribution"][0]["contentUrl"] == f"../../api/v1/metricas/{metric}.json"
    known = dataset(catalog.metrics["Gene"], "XM", "https://ejemplo.co/energia")
    assert known["url"] == "https://ejemplo.co/energia/metricas/Gene/"


def test_hosts_find_what_they_look_for(world: SmallWorld) -> None:
    """A file for crawlers, and a sign that nothing has to be built."""
    assert (world.paths.site / "robots.txt").read_text() == "User-agent: *\nAllow: /\n"
    assert (world.paths.site / ".nojekyll").is_file()
