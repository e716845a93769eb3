"""What a reader sees of a page, and what its front matter says, whatever way it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recueil_qa.corpus.importing.blocks import Block, Place
from recueil_qa.corpus.importing.pages import fields, front, html
from recueil_qa.corpus.importing.pages.html import read_html
from recueil_qa.corpus.importing.pages.lines import lines_of
from recueil_qa.corpus.importing.pages.page import Page, PageError, Value
from recueil_qa.corpus.importing.pages.shortcodes import without_commands
from recueil_qa.corpus.practice import MAX_LINE_CHARACTERS


def table(*rows: str) -> str:
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


HEAD = "<th>Quoi</th><th>Coût</th>"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        pytest.param("<!-- rien -->", [], id="nothing but a comment"),
        pytest.param("<!DOCTYPE html>", [], id="nothing but a declaration"),
        pytest.param("<h2>Ouvrir<br>tôt</h2>", ["Ouvrir tôt"], id="a heading of two lines"),
        pytest.param("<p>&amp;nbsp;</p><p>Vu.</p>", ["Vu."], id="blanks that are written twice"),
        pytest.param(
            "<ul><li>Un<!-- à revoir --></li><!-- fin --><p>Entre.</p><li hidden>Non</li></ul>",
            ["Un", "Entre."],
            id="a list with more than items",
        ),
        pytest.param(
            "<dl><dt>Usager</dt><dd>Qui vient.</dd><dd hidden>Caché.</dd>"
            "<dt style='display:none'>Ôté</dt></dl>",
            ["Usager", "Qui vient."],
            id="definitions, some hidden",
        ),
        pytest.param(
            "<ol><li><dl><dt>Usager</dt><dd>Qui vient.</dd></dl></li></ol>",
            ["1. Usager", "Qui vient."],
            id="definitions within an item",
        ),
        pytest.param(
            table("<td>Guichet</td><td>2 jours</td>"), ["Guichet", "2 jours"], id="without headers"
        ),
        pytest.param(
            table(HEAD, f"<td>Un{table('<td>deux</td><td>trois</td>')}</td><td>3 €</td>"),
            ["Quoi: Un deux trois; Coût: 3 €"],
            id="a table within a cell",
        ),
        pytest.param(
            table(HEAD, "<td><p>Un</p>deux<ul><li>trois</li></ul></td><td>3&nbsp;€</td>"),
            ["Quoi: Un deux trois; Coût: 3 €"],
            id="blocks within a cell",
        ),
        pytest.param(
            table(
                HEAD,
                "<td>20 m<sup>2</sup><sup><a href='#fn1'>1</a></sup><!-- x --> ici<img alt=' plan'>"
                "</td><td>12 € <del>15 €</del><span hidden>secret</span></td>",
            ),
            ["Quoi: 20 m² ici plan; Coût: 12 €"],
            id="a cell's text as it is seen",
        ),
        pytest.param(
            table(
                f"{HEAD}<th hidden>Interne</th>",
                "<td>SMS</td><td>3 €</td><td hidden>non</td>",
            ).replace("</table>", "<tr style='display:none'><td>Caché</td></tr></table>"),
            ["Quoi: SMS; Coût: 3 €"],
            id="a row and a column that are hidden",
        ),
        pytest.param(
            "<table><caption hidden>Interne</caption><thead hidden><tr><th>Non</th></tr></thead>"
            "<tbody><tr><td>Vu<sup hidden>2</sup></td></tr></tbody>"
            "<tbody hidden><tr><td>Pas vu</td></tr></tbody></table>",
            ["Vu"],
            id="a caption and parts of a table that are hidden",
        ),
    ],
)
def test_a_page_is_read_as_it_is_seen(source: str, shown: list[str]) -> None:
    assert [block.text for block in read_html(source).blocks] == shown


def test_what_is_hidden_in_tables_and_lists_is_told() -> None:
    read = read_html(
        table(HEAD, "<td>SMS <s>et fax</s></td><td>3 €</td>")
        + "<dl><dd hidden>Caché.</dd></dl><ul><!-- fin --><li>Un</li></ul>"
    )
    assert [(one.why, one.text) for one in read.aside] == [
        ("struck", "et fax"), ("hidden", "Caché."), ("comment", "fin"),
    ]  # fmt: skip


def test_a_page_of_more_lines_than_any_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MAX_BLOCKS", 2)
    assert len(read_html("<p>a</p>" * 3).blocks) == 3
    with pytest.raises(PageError) as caught:
        read_html("<p>a</p>\n" * 4)
    assert ("more lines" in caught.value.what.en, caught.value.line) == (True, 4)


def test_a_mark_within_words_is_a_reason_to_look_at_what_is_dropped() -> None:
    text, dropped = without_commands("??? note\n\tUn retrait.\nDehors.\n{{< x >}}{{% y %}}\n")
    assert text.split("\n")[:3] == ["", "Un retrait.", "Dehors."]
    assert [one.text for one in dropped] == ["{{< x >}}", "{{% y %}}"]
    text, dropped = without_commands("import A from 'a'\n\nVu.\n", module=True)
    assert (text.strip(), [one.text for one in dropped]) == ("Vu.", ["import A from 'a'"])


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param("---\n\n---\n", {}, id="empty"),
        pytest.param("---\n- a\n- b\n---\n", {}, id="a list"),
        pytest.param("---\na: ~\nb: null\nc: 'null'\n---\n", {"a": (), "b": (), "c": ("null",)},
                     id="nothing, in YAML"),
        pytest.param(';;;\n"title": "Un", "n": 3, "no": null, "on": true\n;;;\n',
                     {"title": ("Un",), "n": ("3",), "no": (), "on": ("true",)}, id="JSON"),
        pytest.param('{"a": [{"b": "x", "c": ["y", "z"]}]}\n', {"a": ("x", "y", "z")},
                     id="mappings in a list"),
        pytest.param('{"a": {"b": {"c": {"d": {"e": {"f": "x"}}}}}}\n', {"a.b.c.d.e": ("x",)},
                     id="mappings in mappings, without end"),
        pytest.param("---\ntitle: SMS: la veille\n# rien\ntags:\n  - 'un'\n  - deux\n---\n",
                     {"title": ("SMS: la veille",), "tags": ("un", "deux")},
                     id="a list below what YAML refuses"),
        pytest.param(
            f"---\ntitle: SMS: la veille\nwhat: Un\n{'suite ' * 15}: fin\n---\n",
            {"title": ("SMS: la veille",), "what": (f"Un {'suite ' * 15}: fin",)},
            id="a text that goes on as if a field began, below what YAML refuses",
        ),
        pytest.param(
            f"---\nwhat: Un\n{'suite ' * 14}suite: fin\n---\n",
            {"what": (f"Un\n{'suite ' * 14}suite: fin",)},
            id="a text that goes on as if a field began",
        ),
    ],
)  # fmt: skip
def test_a_front_matter_is_read_as_it_is_meant(
    source: str, found: dict[str, tuple[str, ...]]
) -> None:
    assert {name: value.texts for name, value in front.split(source)[0].items()} == found


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("---\ntitle: SMS: la veille\nsans nom\n---\n", "YAML"),
        ("---\n" + "a" * (front.MAX_CHARACTERS + 1) + "\n---\n", "too long"),
    ],
)
def test_a_front_matter_that_is_none_is_refused(source: str, said: str) -> None:
    with pytest.raises(PageError) as caught:
        front.split(source)
    assert said in caught.value.what.en


def test_a_page_may_begin_with_a_brace() -> None:
    text = "{accueil} Un texte.\n"
    assert front.split(text) == ({}, text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Ouvrir le guichet plus tôt. " * 400, id="between sentences"),
        pytest.param("ouvrir le guichet plus tôt " * 400, id="between words"),
        pytest.param("ouvrir" * 2_000, id="anywhere"),
    ],
)
def test_a_text_longer_than_a_line_is_cut_into_several(text: str) -> None:
    written = list(lines_of(Block("paragraph", text, (Place("line", 7),), 0)))
    assert len(written) > 1
    assert all(len(one.line.text) <= MAX_LINE_CHARACTERS for one in written)
    assert {one.place.number for one in written} == {7}
    joined = "".join(one.line.text for one in written)
    assert joined.replace(" ", "") == text.replace(" ", "")
    if "." in text:
        assert all(one.line.text.endswith(".") for one in written)


def rows(columns: dict[str, list[str]], row: bool = True) -> list[Page]:
    """Pages with the values of fields, "" for none."""
    return [
        Page(Path("t"), f"{at}", row=row,
             fields={n: Value((v,) if v else (), at) for n, v in zip(columns, values, strict=True)})
        for at, values in enumerate(zip(*columns.values(), strict=True), 1)
    ]  # fmt: skip


LONG = "Au guichet {}, la file déborde chaque lundi matin."


@pytest.mark.parametrize(
    ("columns", "row", "uses"),
    [
        pytest.param({"Nom": ["Un", "Deux"], "Titre": ["Trois", "Quatre"]}, True,
                     {"Nom": "title", "Titre": "facet titre"}, id="two titles"),
        pytest.param({"url": ["http://a.fr", "voir"], "title": ["a", "b"]}, False,
                     {"url": "-", "title": "title"}, id="an address that is none"),
        pytest.param({"title": ["a" * 240, "b" * 240], "statut": ["c" * 240, "d" * 240]}, False,
                     {"title": "-", "statut": "-"}, id="longer than a name"),
        pytest.param({"Nuage": ["a", "b", "c", "a"], "Orage": ["a", "b", "c", "d"]}, True,
                     {"Nuage": "-", "Orage": "title"}, id="the first column of names"),
        pytest.param({"actif": ["oui", "non"], "plan": ["a.png", "b/c"], "title": ["a", "b"]},
                     False, {"actif": "-", "plan": "-", "title": "title"}, id="switches and files"),
        pytest.param({"title": ["a", "b"], "collection": ["un", "deux"]}, False,
                     {"title": "title", "collection": "facet collections"}, id="a taken name"),
        pytest.param({"title": ["a", "b"], "nuage": ["c" * 110, "d" * 110]}, False,
                     {"title": "title", "nuage": "-"}, id="nothing to choose by"),
        pytest.param({"Titre": list("abc"), "Orage": [f"vent fort numéro {w}" * 2 for w in "abc"]},
                     True, {"Titre": "title", "Orage": "section orage"}, id="a column of texts"),
        pytest.param(
            {"title": ["a", "b"], "résumé": [LONG.format(1), LONG.format(2)],
             "constat": [LONG.format(1) + " Personne ne le dit.", LONG.format(2) + " Ni ici."]},
            False, {"title": "title", "résumé": "-", "constat": "section constat"}, id="a summary"),
    ],
)  # fmt: skip
def test_fields_are_used_as_their_names_and_values_say(
    columns: dict[str, list[str]], row: bool, uses: dict[str, str]
) -> None:
    assert fields.guess_uses(rows(columns, row)) == uses


def test_a_field_of_json_in_a_page_is_at_its_line() -> None:
    source = json.dumps({"title": "Un", "date": "2024"}, indent=1) + "\nTexte\n"
    found, rest = front.split(source)
    assert {name: value.line for name, value in found.items()} == {"title": 2, "date": 3}
    assert rest == "\n" * 3 + "\nTexte\n"
