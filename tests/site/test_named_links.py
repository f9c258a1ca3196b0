"""Names in tables lead to their pages: only under a head of their kind, only where a page exists, code on hover."""

from __future__ import annotations

from pipeline.site.named_links import NamedPage, linked
from pipeline.site.page import tidy_html
from pipeline.site.table import Cell, Header, Table

PENOL = NamedPage("Peñol", "embalses/penol/", "PENOL")
EPM = NamedPage("EPM", "agentes/epm/", "EPMC, EPMG")
NAMED = {
    "Embalse": {"Peñol": PENOL, "PENOL": PENOL},
    "Agente": {"EPM": EPM, "EPMC": EPM, "Empresas Públicas": NamedPage("Empresas Públicas", "agentes/epm/", "EPMC")},
}


def table(heads: list[str], *rows: list[str]) -> Table:
    """Return a table of these words."""
    return Table(tuple(map(Header, heads)), tuple(tuple(map(Cell, row)) for row in rows), len(rows))


def shown(made: Table) -> list[list[tuple[str, str, str]]]:
    """Return text, way and hint of every cell."""
    return [[(cell.text, cell.href, cell.hint) for cell in row] for row in made.rows]


def test_a_code_gives_way_to_the_name_and_stays_on_hover() -> None:
    """XM's capitals and the name lead to one page."""
    made = linked(table(["Embalse", "Nivel"], ["PENOL", "80"], ["Peñol", "81"]), NAMED, "../../")
    assert shown(made) == [
        [("Peñol", "../../embalses/penol/", "PENOL"), (value, "", "")] for value in ("80", "81")
    ]  # fmt: skip


def test_what_has_no_page_or_another_head_stays_as_it_was() -> None:
    """A total, an unknown name, a name under the head of another kind."""
    rows = [["Sistema", "Peñol"], ["Otro", "EPM"]]
    assert shown(linked(table(["Embalse", "Nota"], *rows), NAMED, "../")) == shown(table(["a", "b"], *rows))
    plain = table(["Nombre"], ["Peñol"])
    assert linked(plain, NAMED, "") is plain


def test_a_column_of_codes_says_whose_page_it_is() -> None:
    """Two plants of one name are told apart by it, and nothing is repeated on hover."""
    made = linked(table(["Código", "Agente"], ["EPMC", "Empresas Públicas"], ["EPMC", "Sin nombre"]), NAMED, "")
    assert [row[1] for row in shown(made)] == [
        ("Empresas Públicas", "agentes/epm/", ""), ("Sin nombre", "agentes/epm/", ""),
    ]  # fmt: skip
    assert [row[0] for row in shown(made)] == [("EPMC", "", "")] * 2


def test_a_word_is_explained_once_on_a_page() -> None:
    """The state of every row of a table; another word, or the same otherwise explained, keeps its own words."""
    word, other = '<abbr title="Va a cambiar.">preliminar</abbr>', '<abbr title="Es firme.">preliminar</abbr>'
    assert (
        tidy_html(f"{word}\n\n\n{word}{other}{word}")
        == f"{word}\n<abbr>preliminar</abbr>{other}<abbr>preliminar</abbr>"
    )
