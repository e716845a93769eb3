from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recueil_qa.corpus.importing.markdown_inline import Inline
from tests.support.sources import aside, items, read, texts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "livret.md"


@pytest.mark.parametrize(
    "fence",
    [
        "```\n{}\n```",
        "~~~ sh\n```\n{}\n~~~",
        "````\n```\n{}\n````",
        "<pre>\n{}\n</pre>",
        "<script>\n{}\n</script>",
        "    {}",
        "> ```\n> {}\n> ```",
        "```\n{}",
    ],
)
def test_code_is_no_heading_and_is_listed(file: Path, fence: str) -> None:
    document = read(file, f"# Un\n\n{fence.format('## Conseils')}\n")
    assert texts(document) == ["Un"]
    assert any(reason == "code" and "## Conseils" in text for reason, text in aside(document))
    assert document.set_aside[0].place.text.fr == "ligne 3"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Le [guide\ngénéral](https://a.fr) ici.", "Le guide général (https://a.fr) ici."),
        ("[guide (RGS)](https://a.fr/b_(c))", "guide (RGS) (https://a.fr/b_(c))"),
        ("[a](<https://a.fr/x y>)", "a (https://a.fr/x y)"),
        ('[a](https://a.fr/x "Un titre")', "a (https://a.fr/x)"),
        ("[un [deux] trois](https://a.fr)", "un [deux] trois (https://a.fr)"),
        ("[le guide][g] et [g]\n\n[g]: https://a.fr", "le guide (https://a.fr) et g (https://a.fr)"),
        ("<https://a.fr/_x_>", "https://a.fr/_x_"),
        ("![Un guichet](g.png)", "Un guichet"),
        ("[![Un guichet](g.png)](https://a.fr)", "Un guichet (https://a.fr)"),
        ("<img src='g.png' alt='Un guichet'>", "Un guichet"),
        ("`a_b*c*` et `[x](y)`", "a_b*c* et [x](y)"),
        ("AT&amp;T, 20&nbsp;%, l&rsquo;an &#233;", "AT&T, 20 %, l’an é"),
        ("&lt;b&gt; et \\&lt;", "<b> et &lt;"),
        ("un<br>deux <span class='x'>trois</span>", "un deux trois"),
        ("a < b > c, x<y", "a < b > c, x<y"),
        ("320<sup>1</sup> appels, 1<sup>er</sup>, 2 m<sup>2</sup>", "320 appels, 1er, 2 m²"),
        ("Note[^1].\n\n[^1]: Bas.", "Note."),
        ("Sans note[^2].", "Sans note[^2]."),
        ("un {{< figure src=x >}}mot", "un mot"),
        ("__gras__ et *i*", "**gras** et i"),
        ("Un <!-- à revoir --> mot<!-- sans fin", "Un mot<!-- sans fin"),
        ("[](https://a.fr) et [#](#ici)", "https://a.fr et #"),
        ("[ ]() rien", "[ ]() rien"),
        ("[la note](#note) et [https://a.fr](https://a.fr)", "la note et https://a.fr"),
        ("un <xyz>mot</xyz>", "un mot"),
    ],
)  # fmt: skip
def test_text_is_what_its_reader_sees(file: Path, text: str, shown: str) -> None:
    assert texts(read(file, text))[0] == shown


def test_what_is_left_out_is_listed_with_its_line(file: Path) -> None:
    document = read(file, "Un.\n\nDeux[^a] ~~faux~~.\n\n[^a]: Note\n    sur deux lignes.\n\nTrois.")
    assert texts(document) == ["Un.", "Deux .", "Trois."]
    assert [(p.place.number, p.reason, p.text) for p in document.set_aside] == [
        (3, "deleted", "faux"), (5, "note", "[^a]: Note"), (6, "note", "sur deux lignes."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("note", "parts"),
    [
        ("[^a]: Un.\n    Suite.\n\n    Fin.\n\nDehors.", ["[^a]: Un.", "Suite.", "Fin."]),
        ("[^a]: Un.\n[^b]: Deux.\n\nDehors.", ["[^a]: Un.", "[^b]: Deux."]),
        ("[^a]: Un.\n# Dehors.", ["[^a]: Un."]),
        ("[^a]: Un.\n\n    Suite.\n\nDehors.", ["[^a]: Un.", "Suite."]),
        ("[^a]:\n\n    Sous un blanc.\nSuite.\n\nDehors.", ["[^a]:", "Sous un blanc.", "Suite."]),
    ],
)
def test_a_note_ends_where_its_reader_sees_it_end(file: Path, note: str, parts: list[str]) -> None:
    document = read(file, f"Appel[^a].\n\n{note}\n")
    assert texts(document) == ["Appel.", "Dehors."]
    assert aside(document) == [("note", part) for part in parts]


def test_a_line_of_nothing_but_tags_is_listed(file: Path) -> None:
    document = read(file, "<span></span>\n\nVu.\n")
    assert (texts(document), aside(document)) == (["Vu."], [("markup", "<span></span>")])


def test_an_indented_line_below_an_item_is_no_code(file: Path) -> None:
    document = read(file, "- un\n\n    suite\n\nDehors.\n\n    code\n")
    assert texts(document) == ["un", "suite", "Dehors."]
    assert aside(document) == [("code", "code")]


def test_each_row_of_a_table_has_its_headers(file: Path) -> None:
    document = read(
        file,
        "| Canal | Délai |\n|---|:--|\n| Guichet | 2 \\| 3 jours |\n"
        "| [Mél](https://a.fr) | |\n\nFin.",
    )
    assert texts(document) == [
        "Canal : Guichet ; Délai : 2 | 3 jours",
        "Canal : Mél (https://a.fr)",
        "Fin.",
    ]
    assert [place.number for place in document.blocks[0].places] == [3, 1]


@pytest.mark.parametrize("name", ["livret.md", "livret.txt"])
def test_a_minus_before_a_number_is_a_minus(tmp_path: Path, name: str) -> None:
    document = read(tmp_path / name, "Résultats :\n\n- 12 % de courriers\n- 30 % d'appels\n")
    assert items(document) == ["- 12 % de courriers", "- 30 % d'appels"]
    document = read(tmp_path / name, "• - 12 % de courriers\n• Ouvrir\n")
    assert items(document) == ["- 12 % de courriers", "Ouvrir"]
    document = read(tmp_path / name, "- 12 agents\n- Ouvrir\n- 2013 : fermé\n- 1er étage")
    assert items(document) == ["12 agents", "Ouvrir", "2013 : fermé", "1er étage"]


def test_headings_of_html_and_marks_of_tasks(file: Path) -> None:
    document = read(file, '<h2 id="x">Conseils</h2>\n\n- [x] Fait\n+ Autre\n')
    assert [(block.kind, block.text) for block in document.blocks] == [
        ("heading", "Conseils"), ("item", "Fait"), ("item", "Autre"),
    ]  # fmt: skip


@settings(max_examples=200, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.text(alphabet="a1 \n[]()<>!*_`~&;\\^:/-é", max_size=60))
def test_lines_keep_their_number_whatever_is_read(text: str) -> None:
    shown, _ = Inline({"a": "https://a.fr"}, frozenset({"1"})).read(text)
    assert shown.count("\n") >= text.count("\n")
    assert "\ue000" not in shown


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="abcdé ,.", min_size=1), max_size=5))
def test_text_without_marks_is_left_as_it_is(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    assert Inline().read(text) == (text, [])
