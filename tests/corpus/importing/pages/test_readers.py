from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recueil_qa.corpus.importing.pages import front, tables
from recueil_qa.corpus.importing.pages.gathering import blocks_of, natural
from recueil_qa.corpus.importing.pages.headings import key_of, role_of, slug, words_of
from recueil_qa.corpus.importing.pages.html import read_html
from recueil_qa.corpus.importing.pages.markdown import read_markdown
from recueil_qa.corpus.importing.pages.page import PageError, Read
from recueil_qa.corpus.importing.pages.shortcodes import without_commands


def texts(read: Read) -> list[str]:
    return [block.text for block in read.blocks]


def rows(read: Read) -> list[tuple[int, str, int, str]]:
    return [(b.place.number, b.kind, b.level, b.text) for b in read.blocks]


def test_markdown_and_the_html_in_it_are_read_with_their_lines() -> None:
    source = (
        '# T\n\nUn *deux* `trois`\nquatre.\n\n<section markdown="1">\n\n## Bas\n\n1. Un\n1. Deux\n'
        "   - deux bis\n\n</section>\n\n<div>\n<p>Brut</p>\n<ul><li>item</li></ul>\n</div>\n"
    )
    assert rows(read_markdown(source)) == [
        (1, "heading", 1, "T"),
        (3, "paragraph", 0, "Un deux trois quatre."),
        (8, "heading", 2, "Bas"),
        (10, "item", 1, "1. Un"),
        (11, "item", 1, "2. Deux"),
        (12, "item", 2, "deux bis"),
        (17, "paragraph", 0, "Brut"),
        (18, "item", 1, "item"),
    ]


def test_each_row_of_a_table_has_its_headers() -> None:
    markdown = "| Quoi | Quand |\n|---|---|\n| SMS | la **veille** |\n| Appel | |\n"
    assert texts(read_markdown(markdown)) == ["Quoi: SMS; Quand: la veille", "Quoi: Appel"]
    html = (
        "<table><caption>Rappels</caption><tr><th>Quoi</th><th>Quand</th></tr>"
        "<tr><th>SMS</th><td>la<br>veille</td></tr></table>"
    )
    assert texts(read_html(html)) == ["Rappels", "Quoi: SMS; Quand: la veille"]


def test_a_reader_sees_neither_scripts_nor_menus_nor_marks_of_notes() -> None:
    html = (
        "<html><head><title>Page | Site</title><style>p{}</style></head><body>"
        "<nav>Accueil</nav><main><h1>Page</h1><script>alert(1)</script>"
        '<p>Un&nbsp;texte<sup><a href="#fn1">1</a></sup> de 20&#160;m<sup>2</sup>.</p>'
        '<p hidden>secret</p><p style="display:none">secret</p><p>Avant <del>ôté</del> après.</p>'
        '<img src="a.png" alt="Un plan"><!-- note interne -->'
        '<div class="footnotes"><ol><li id="fn1">La note. <a href="#fnref1">↩</a></li></ol></div>'
        "</main><footer>Mentions</footer></body></html>"
    )
    read = read_html(html)
    assert read.title == "Page | Site"
    assert texts(read) == [
        "Page", "Un texte de 20 m².", "Avant après.", "Un plan", "Notes", "La note.",
    ]  # fmt: skip
    left = {(aside.why, aside.text) for aside in read.aside}
    assert left == {
        ("navigation", "Accueil"),
        ("navigation", "Mentions"),
        ("hidden", "secret"),
        ("struck", "ôté"),
        ("comment", "note interne"),
    }


def test_footnotes_of_markdown_leave_no_mark() -> None:
    read = read_markdown("Un texte[^a].\n\n[^a]: Sa note.\n")
    assert texts(read) == ["Un texte.", "Notes", "Sa note."]


def test_what_follows_in_an_item_stands_below_it() -> None:
    read = read_markdown("- Un\n\n  Suite.\n\n  - sous\n- Deux\n")
    assert [(b.level, b.text) for b in read.blocks] == [
        (1, "Un"),
        (2, "Suite."),
        (2, "sous"),
        (1, "Deux"),
    ]


def test_definitions_tasks_and_code_are_text() -> None:
    source = "Terme\n:   Sa définition\n\n- [x] Fait\n\n```sh\n## commande\n- b\n```\n"
    assert texts(read_markdown(source)) == [
        "Terme", "Sa définition", "Fait", "## commande", "- b",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('A {% include note.html content="Le mot." %} b', "A Le mot. b"),
        ('{{< figure src="x.png" alt="Le plan" >}}', "Le plan"),
        ("A {{ page.title }}{# remarque #}", "A"),
        ("{% comment %}caché{% endcomment %}A", "A"),
        ("Titre {#ancre}", "Titre"),
        ("A\n{: .lead}", "A"),
        ("> [!NOTE]\n> Attention au pas.", "Attention au pas."),
        ('!!! note "À savoir"\n    Le texte.', "À savoir Le texte."),
        ("::: tip Astuce\nLe texte.\n:::", "Astuce Le texte."),
        ("Voir [[page|la page]].", "Voir la page."),
    ],
)
def test_commands_of_sites_are_not_text(source: str, shown: str) -> None:
    text, _ = without_commands(source)
    assert text.count("\n") == source.count("\n")
    assert " ".join(texts(read_markdown(text))) == shown


def test_commands_that_are_dropped_are_told_but_in_addresses() -> None:
    _, dropped = without_commands('a\n{% x %}\n<a href="{{ u }}/b">b</a> [c]({{ u }}/d)')
    assert [(one.line, one.text) for one in dropped] == [(2, "{% x %}")]


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: 'Un'\ntags: [a, b]\nx:\n  y: 1\n---\nT\n",
        '+++\ntitle = "Un"\ntags = ["a", "b"]\n\n[x]\ny = 1\n+++\nT\n',
        '---json\n{"title": "Un", "tags": ["a", "b"], "x": {"y": 1}}\n---\nT\n',
        '{"title": "Un", "tags": ["a", "b"], "x": {"y": 1}}\nT\n',
    ],
)
def test_front_matters_are_read_alike(text: str) -> None:
    fields, rest = front.split(text)
    assert {name: value.texts for name, value in fields.items()} == {
        "title": ("Un",),
        "tags": ("a", "b"),
        "x.y": ("1",),
    }
    assert rest.strip() == "T"
    assert rest.count("\n") == text.count("\n")


def test_a_front_matter_that_yaml_refuses_is_read_by_its_lines() -> None:
    fields, _ = front.split("---\ntitle: SMS: la veille\nwhat: Un\n\n  suite\n---\n")
    assert fields["title"].text == "SMS: la veille"
    assert fields["what"].text == "Un suite"
    assert fields["title"].line == 2


@pytest.mark.parametrize("text", ["---\na: [1\n---\n", "+++\na = \n+++\n", "---json\n{a\n---\n"])
def test_a_front_matter_that_nothing_reads_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(PageError) as caught:
        front.split(text)
    assert "front matter" in caught.value.what.en
    assert caught.value.line >= 2


def test_names_that_refer_to_each_other_in_yaml_unfold_to_no_bomb() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]\n" for i in range(1, 25)
    )
    fields, _ = front.split(f"---\n{bomb}---\nT\n")
    assert sum(len(value.texts) for value in fields.values()) <= front.MAX_VALUES


def test_a_page_may_begin_with_a_rule() -> None:
    assert front.split("---\nun texte\n") == ({}, "---\nun texte\n")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_of_text_is_read_by_its_separator(separator: str) -> None:
    header = separator.join(("Titre", "Conseil"))
    text = (
        f'Titre de la feuille{separator}\n\n{header}\nUn{separator}"Deux\nLignes"\nX{separator}Y\n'
    )
    pages, left = tables.read_csv(text, Path("t.csv"), "t.csv")
    assert [{n: v.text for n, v in page.fields.items()} for page in pages] == [
        {"Titre": "Un", "Conseil": "Deux\nLignes"},
        {"Titre": "X", "Conseil": "Y"},
    ]
    assert [page.line for page in pages] == [4, 6]
    assert [one.text for one in left] == ["Titre de la feuille"]


def test_a_workbook_is_read_by_its_sheets() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Titre", "Coût", "Titre"])
    sheet.append(["Un", 3.0, "bis"])
    hidden = book.create_sheet("caché")
    hidden.sheet_state = "hidden"
    hidden.append(["A", "B"])
    saved = io.BytesIO()
    book.save(saved)
    pages, _ = tables.read_xlsx(saved.getvalue(), Path("t.xlsx"), "t.xlsx")
    assert [{n: v.text for n, v in page.fields.items()} for page in pages] == [
        {"Titre": "Un", "Coût": "3", "Titre 2": "bis"}
    ]
    with pytest.raises(PageError):
        tables.read_xlsx(b"PK\x03\x04 no workbook", Path("t.xlsx"), "t.xlsx")


def test_headings_that_are_alike_share_a_key() -> None:
    alike = ("Solution", "Solutions 💡", "2. Solution", "SOLUTION :", "II - Solution", "solution !")
    assert {key_of(text) for text in alike} == {"solution"}
    assert key_of("Résultats obtenus") == key_of("1) resultat obtenu")
    assert key_of("24 heures") != key_of("Solution")


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Conseils de mise en œuvre", "advice"),
        ("How to do it", "advice"),
        ("Solution 💡", "advice"),
        ("Résultats", "result"),
        ("What it brought", "result"),
        ("Le problème", "context"),
        ("Why", "context"),
        ("Principes", "detail"),
        ("What", "detail"),
        ("Pour aller plus loin", "other"),
        ("Contacts", "contacts"),
        ("Nuages", None),
    ],
)
def test_the_words_of_a_heading_tell_its_role(heading: str, role: str | None) -> None:
    assert role_of(heading) == role


def test_names_and_slugs() -> None:
    assert words_of("timeRequired") == "Time required"
    assert words_of("what") == "What"
    assert slug("L'Œuvre n° 3 : été") == "l-oeuvre-n-3-ete"
    assert len(slug("mot " * 60)) <= 60
    assert sorted(["f10", "f2", "F1"], key=natural) == ["F1", "f2", "f10"]


def test_a_field_may_hold_marks() -> None:
    assert [b.text for b in blocks_of("Un <b>deux</b> &mdash; *trois*", 3)] == ["Un deux — trois"]
    assert [b.text for b in blocks_of("- un\n- deux", 3)] == ["un", "deux"]
    assert [b.text for b in blocks_of("ligne un\nligne deux", 3)] == ["ligne un", "ligne deux"]


def test_a_page_that_nests_without_end_is_refused_or_read() -> None:
    deep = "<div>" * 5_000 + "x" + "</div>" * 5_000
    try:
        read = read_html(deep)
    except PageError as error:
        assert "elements" in error.what.en
    else:
        assert texts(read) in ([], ["x"])
    assert texts(read_markdown("> " * 2_000 + "x")) is not None


@given(st.text(alphabet="<>&;/abp \n#*`[]()!|-_{}%1.\"'=", max_size=200))
def test_no_text_breaks_a_reader(text: str) -> None:
    clean, _ = without_commands(text)
    for read in (read_markdown(clean), read_html(clean)):
        for block in read.blocks:
            assert block.text == " ".join(block.text.split()) != ""
