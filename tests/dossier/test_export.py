from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from recueil_qa.dossier import export
from recueil_qa.dossier.dossier import MAX_KEPT, Entry
from recueil_qa.dossier.note import compose
from recueil_qa.messages import Language
from recueil_qa.types import CollectionInfo, Line, Practice, Section, SectionInfo

repeatable = settings(max_examples=50, deadline=None, derandomize=True)
DAY = "2026-11-01"
# A line as it is quoted: after the one that governs it.
TRIER = "«\u00a0Compter les appels :\u00a0» «\u00a0Trier\u00a0»"

CONTEXT = Section("contexte", "Contexte", (Line(1, "Le standard était saturé"),))
ADVICE = Section(
    "conseils",
    "Nos conseils",
    (Line(1, "Compter les appels :"), Line(2, "par motif", 2), Line(3, "Trier", 1)),
)
P2 = Practice(
    "petit-p2",
    "petit",
    "La mesure des rappels",
    (CONTEXT, ADVICE),
    page=2,
    theme="Téléphone",
    organisation="Caisse des Tilleuls",
    contacts=("accueil2@exemple.invalid 01 02 03 04 02",),
)
P1 = Practice(
    "petit-p1",
    "petit",
    "Le guichet unique",
    (Section("conseils", "Conseils", (Line(1, "Former tous les agents"),)),),
    page=1,
    contacts=("accueil1@exemple.invalid",),
)
FAQ = Practice("faq-a", "faq", "Comment payer ?", (Section("reponse", "Réponse", (Line(1, "x"),)),))
COLLECTIONS = {
    "petit": CollectionInfo(
        "petit",
        "Petit recueil",
        "fr",
        "Mairie de Chêne",
        "2014-06-19",
        (
            SectionInfo("contexte", "context", "Contexte", "Context"),
            SectionInfo("conseils", "advice", "Conseils", "Advice"),
        ),
    ),
    "faq": CollectionInfo("faq", "Questions", "en", "", "", ()),
}


def to_markdown(*arguments: Any, **named: Any) -> str:
    return export.to_markdown(compose(*arguments, **named))


def to_docx(*arguments: Any, **named: Any) -> bytes:
    return export.to_docx(compose(*arguments, **named))


def whole(practice: Practice, note: str = "") -> Entry:
    return Entry(practice.id, note, practice, None, None)


def line_of(practice: Practice, section: Section, number: int, note: str = "") -> Entry:
    line = section.lines[number - 1]
    reference = f"{practice.id}/{section.name}/{number}"
    return Entry(reference, note, practice, section, line)


def quoting(text: str, note: str = "") -> Entry:
    section = Section("conseils", "Conseils", (Line(1, text),))
    return line_of(replace(P2, sections=(section,)), section, 1, note)


ENTRIES = (
    line_of(P2, CONTEXT, 1, "Voir le standard\n- lundi"),
    whole(P2),
    whole(P1, "À faire"),
    line_of(P2, ADVICE, 3),
)


class Reader(HTMLParser):
    """Gathers the texts of HTML under the innermost block that they stand in."""

    BLOCKS = frozenset({"h1", "h2", "h3", "h4", "p", "li", "td", "th"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self.tags.append(tag)
        if tag in self.BLOCKS:
            self.texts.append((tag, ""))
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in self.BLOCKS:
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            tag, text = self.texts[-1]
            self.texts[-1] = (tag, text + data)


def rendered(markdown: str) -> Reader:
    reader = Reader()
    reader.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))
    reader.close()
    return reader


def opened(content: bytes) -> Document:
    return docx.Document(BytesIO(content))


def paragraphs(document: Document) -> list[tuple[str, str]]:
    return [(p.style.name or "", p.text) for p in document.paragraphs if p.style is not None]


def cells(document: Document) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in document.tables[0].rows]


def test_the_note_in_markdown() -> None:
    text = to_markdown(
        ENTRIES, COLLECTIONS, "fr", title="Accueil", question="Trop d'appels ?", day=DAY
    )
    assert (
        text
        == """\
# Accueil

Établi le 1er novembre 2026

Question posée\u00a0: «\u00a0Trop d'appels ?\u00a0»

## Conseils et pratiques retenus

### La mesure des rappels

> «\u00a0Le standard était saturé\u00a0»

— La mesure des rappels · Caisse des Tilleuls · Contexte · ligne 1 · page 2 · Petit recueil

Note\u00a0: Voir le standard\\
\\- lundi

Caisse des Tilleuls · Téléphone · page 2 · Petit recueil

#### Nos conseils

- Compter les appels :
  - par motif
- Trier

### Le guichet unique

page 1 · Petit recueil

#### Conseils

- Former tous les agents

Note\u00a0: À faire

### La mesure des rappels

> «\u00a0Compter les appels :\u00a0» «\u00a0Trier\u00a0»

— La mesure des rappels · Caisse des Tilleuls · Nos conseils · ligne 3 · page 2 · Petit recueil

## Plan d'action

| Action (conseil retenu) | Source | Responsable | Échéance | Note |
| --- | --- | --- | --- | --- |
| «\u00a0Le standard était saturé\u00a0» | La mesure des rappels · Caisse des Tilleuls · page 2 \
|  |  | Voir le standard - lundi |
| La mesure des rappels | Caisse des Tilleuls · page 2 |  |  |  |
| Le guichet unique | page 1 |  |  | À faire |
| «\u00a0Compter les appels :\u00a0» «\u00a0Trier\u00a0» | La mesure des rappels \
· Caisse des Tilleuls · page 2 |  |  |  |

## Sources

- Petit recueil · Mairie de Chêne · 19 juin 2014
  - Le guichet unique · page 1
  - La mesure des rappels · page 2
"""
    )


def test_an_added_text_is_told_from_one_of_the_collection() -> None:
    added = replace(P2, page=None, source="Note du 3 mars 2025")
    told = "La mesure des rappels · Caisse des Tilleuls"
    text = to_markdown((line_of(added, ADVICE, 3), whole(added)), COLLECTIONS, "fr", day=DAY)
    source = "texte ajouté\u00a0: Note du 3 mars 2025"
    for line in (
        f"— {told} · Nos conseils · ligne 3 · {source} · Petit recueil",
        f"Caisse des Tilleuls · Téléphone · {source} · Petit recueil",
        f"| «\u00a0Compter les appels :\u00a0» «\u00a0Trier\u00a0» | {told} · {source} |  |  |  |",
        f"| La mesure des rappels | Caisse des Tilleuls · {source} |  |  |  |",
        f"  - La mesure des rappels · {source}",
    ):
        assert line in text.splitlines()
    note = compose((line_of(added, ADVICE, 3),), COLLECTIONS, "en", day=DAY)
    spans = [(span.text, span.language) for block in note.before for span in block.spans]
    at = spans.index(("added text: ", ""))
    assert spans[at + 1] == ("Note du 3 mars 2025", "fr")
    both = to_markdown((whole(replace(added, page=4)),), COLLECTIONS, "en", day=DAY)
    assert "page 4 · added text: Note du 3 mars 2025 · Petit recueil" in both


def test_the_note_in_english_leaves_quotations_in_their_language() -> None:
    text = to_markdown(
        (line_of(P2, ADVICE, 3, "Ask"), whole(FAQ)), COLLECTIONS, "en", question="Why?", day=DAY
    )
    assert (
        text
        == """\
# My file of best practices

Made on 1 November 2026

Question asked: “Why?”

## Advice and practices kept

### La mesure des rappels

> “Compter les appels :” “Trier”

— La mesure des rappels · Caisse des Tilleuls · Nos conseils · line 3 · page 2 · Petit recueil

Note: Ask

### Comment payer ?

Questions

## Action plan

| Action (advice kept) | Source | Owner | Due date | Note |
| --- | --- | --- | --- | --- |
| “Compter les appels :” “Trier” | La mesure des rappels · Caisse des Tilleuls \
· page 2 · Petit recueil |  |  | Ask |
| Comment payer ? | Questions |  |  |  |

## Sources

- Petit recueil · Mairie de Chêne · 19 June 2014
  - La mesure des rappels · page 2
- Questions
  - Comment payer ?
"""
    )


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", ["Mon dossier de bonnes pratiques", "Établi le 2 février 2027",
                "Conseils et pratiques retenus", "Rien n'est encore retenu."]),
        ("en", ["My file of best practices", "Made on 2 February 2027",
                "Advice and practices kept", "Nothing is kept yet."]),
    ],
)  # fmt: skip
def test_an_empty_dossier_says_so_and_has_no_table(language: Language, told: list[str]) -> None:
    arguments: Any = {"title": " \n", "question": "\x00 ", "day": "2027-02-02"}
    read = rendered(to_markdown((), COLLECTIONS, language, **arguments))
    document = opened(to_docx((), COLLECTIONS, language, **arguments))
    assert [text for _, text in read.texts] == told
    assert [text for _, text in paragraphs(document)] == told
    assert document.tables == []


@pytest.mark.parametrize("write", [to_markdown, to_docx])
def test_a_day_that_is_none_is_refused(write: Any) -> None:
    with pytest.raises(ValueError, match="isoformat"):
        write(ENTRIES, COLLECTIONS, "fr", day="hier")


def test_the_note_in_word_has_its_styles() -> None:
    document = opened(
        to_docx(ENTRIES, COLLECTIONS, "fr", title="Accueil", question="Trop d'appels ?", day=DAY)
    )
    source = "La mesure des rappels · Caisse des Tilleuls"
    assert paragraphs(document) == [
        ("Title", "Accueil"),
        ("Normal", "Établi le 1er novembre 2026"),
        ("Normal", "Question posée\u00a0: «\u00a0Trop d'appels ?\u00a0»"),
        ("Heading 1", "Conseils et pratiques retenus"),
        ("Heading 2", "La mesure des rappels"),
        ("Intense Quote", "«\u00a0Le standard était saturé\u00a0»"),
        ("Normal", f"— {source} · Contexte · ligne 1 · page 2 · Petit recueil"),
        ("Normal", "Note\u00a0: Voir le standard\n- lundi"),
        ("Normal", "Caisse des Tilleuls · Téléphone · page 2 · Petit recueil"),
        ("Heading 3", "Nos conseils"),
        ("List Bullet", "Compter les appels :"),
        ("List Bullet 2", "par motif"),
        ("List Bullet", "Trier"),
        ("Heading 2", "Le guichet unique"),
        ("Normal", "page 1 · Petit recueil"),
        ("Heading 3", "Conseils"),
        ("List Bullet", "Former tous les agents"),
        ("Normal", "Note\u00a0: À faire"),
        ("Heading 2", "La mesure des rappels"),
        ("Intense Quote", TRIER),
        ("Normal", f"— {source} · Nos conseils · ligne 3 · page 2 · Petit recueil"),
        ("Heading 1", "Plan d'action"),
        ("Heading 1", "Sources"),
        ("List Bullet", "Petit recueil · Mairie de Chêne · 19 juin 2014"),
        ("List Bullet 2", "Le guichet unique · page 1"),
        ("List Bullet 2", "La mesure des rappels · page 2"),
    ]
    assert cells(document) == [
        ["Action (conseil retenu)", "Source", "Responsable", "Échéance", "Note"],
        ["«\u00a0Le standard était saturé\u00a0»", f"{source} · page 2", "", "",
         "Voir le standard - lundi"],
        ["La mesure des rappels", "Caisse des Tilleuls · page 2", "", "", ""],
        ["Le guichet unique", "page 1", "", "", "À faire"],
        [TRIER, f"{source} · page 2", "", "", ""],
    ]  # fmt: skip


def test_the_table_stands_between_its_heading_and_the_sources() -> None:
    document = opened(to_docx(ENTRIES, COLLECTIONS, "fr", day=DAY))
    pieces = [getattr(piece, "text", "table") for piece in document.iter_inner_content()]
    place = pieces.index("table")
    assert pieces[place - 1 : place + 2] == ["Plan d'action", "table", "Sources"]


def test_the_table_is_ruled_and_repeats_its_first_row_on_every_page() -> None:
    table = opened(to_docx(ENTRIES, COLLECTIONS, "fr", day=DAY)).tables[0]
    assert table.style is not None
    assert table.style.name == "Table Grid"
    assert table.autofit is False
    assert all(row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in table.rows)
    repeated = [row._tr.find(f".//{qn('w:tblHeader')}") is not None for row in table.rows]
    assert repeated == [True, False, False, False, False]
    assert all(run.bold for cell in table.rows[0].cells for run in cell.paragraphs[0].runs)
    assert [round((column.width or 0) / Mm(1)) for column in table.columns] == [52, 40, 25, 22, 31]


@pytest.mark.parametrize(("language", "locale"), [("fr", "fr-FR"), ("en", "en-GB")])
def test_the_word_file_says_its_title_author_day_and_language(
    language: Language, locale: str
) -> None:
    document = opened(to_docx(ENTRIES, COLLECTIONS, language, title="Accueil\n2", day=DAY))
    about = document.core_properties
    assert (about.title, about.author, about.last_modified_by) == ("Accueil 2", *["recueil-qa"] * 2)
    assert (about.language, about.comments) == (locale, "")
    assert {str(about.created)[:19], str(about.modified)[:19]} == {str(datetime(2026, 11, 1))}
    defaults = document.styles.element.find(f"{qn('w:docDefaults')}//{qn('w:lang')}")
    assert defaults.get(qn("w:val")) == locale
    assert document.settings.element.find(qn("w:themeFontLang")).get(qn("w:val")) == locale


def test_words_of_the_corpus_bear_its_language_and_no_others_do() -> None:
    entries = (replace(line_of(P2, ADVICE, 3), note="Mon avis"), whole(FAQ))
    document = opened(to_docx(entries, COLLECTIONS, "en", title="Calls", question="Why?", day=DAY))
    table = document.tables[0]
    told = [
        *document.paragraphs,
        *(p for row in table.rows for c in row.cells for p in c.paragraphs),
    ]
    languages: dict[str, set[str | None]] = {}
    for run in (run for paragraph in told for run in paragraph.runs):
        mark = run._r.find(f".//{qn('w:lang')}")
        found = None if mark is None else mark.get(qn("w:val"))
        languages.setdefault(run.text, set()).add(found)
    french = {"Trier", "Compter les appels :", "La mesure des rappels", "Caisse des Tilleuls",
              "Nos conseils",
              "Petit recueil", "Mairie de Chêne"}  # fmt: skip
    assert {text for text, found in languages.items() if found == {"fr-FR"}} == french
    english = {text for text, found in languages.items() if found == {"en-GB"}}
    assert english == {"Comment payer ?", "Questions"}
    assert {"“", "Calls", "line 3", "Mon avis", "Note: Mon avis", "19 June 2014"} <= {
        text for text, found in languages.items() if found == {None}
    }


def test_a_quotation_stays_on_the_page_of_its_source() -> None:
    document = opened(to_docx(ENTRIES, COLLECTIONS, "fr", day=DAY))
    kept = [p.text for p in document.paragraphs if p.paragraph_format.keep_with_next]
    assert kept == [
        "«\u00a0Le standard était saturé\u00a0»",
        "«\u00a0Compter les appels :\u00a0» «\u00a0Trier\u00a0»",
    ]


def test_sources_follow_the_pages_of_each_collection_once() -> None:
    tenth = replace(P2, id="petit-p10", title="Dix", page=10)
    entries = [whole(p) for p in (FAQ, tenth, P2, tenth, P1)]
    text = to_markdown(entries, COLLECTIONS, "en", day=DAY)
    assert text.partition("## Sources\n\n")[2] == (
        "- Questions\n  - Comment payer ?\n"
        "- Petit recueil · Mairie de Chêne · 19 June 2014\n"
        "  - Le guichet unique · page 1\n  - La mesure des rappels · page 2\n  - Dix · page 10\n"
    )


def test_pages_are_a4() -> None:
    page = opened(to_docx(ENTRIES, COLLECTIONS, "fr", day=DAY)).sections[0]
    assert page.page_width is not None
    assert page.page_height is not None
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    margins = (page.left_margin, page.right_margin, page.top_margin, page.bottom_margin)
    assert [margin and round(margin.mm) for margin in margins] == [20] * 4


def test_the_same_dossier_gives_the_same_bytes() -> None:
    first, second = (to_docx(ENTRIES, COLLECTIONS, "fr", day=DAY) for _ in range(2))
    assert first == second
    assert to_docx(ENTRIES, COLLECTIONS, "fr", day="2026-11-02") != first
    with ZipFile(BytesIO(first)) as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_contacts_are_never_exported() -> None:
    document = opened(to_docx(ENTRIES, COLLECTIONS, "fr", day=DAY))
    xml = document.element.xml + "".join(text for _, text in paragraphs(document))
    for text in (to_markdown(ENTRIES, COLLECTIONS, "fr", day=DAY), xml):
        assert "Le guichet unique" in text
        assert "exemple.invalid" not in text
        assert "01 02" not in text


@pytest.mark.parametrize(
    ("depths", "levels"),
    [((2, 1, 3, 3), (1, 1, 2, 3)), ((0, 0), (1, 1)), ((1, 2, 3, 4, 9, 1), (1, 2, 3, 3, 3, 1))],
)
def test_a_list_goes_one_level_deeper_at_a_time(
    depths: tuple[int, ...], levels: tuple[int, ...]
) -> None:
    lines = tuple(Line(number, "item", depth) for number, depth in enumerate(depths, 1))
    entry = whole(replace(P1, sections=(Section("conseils", "Conseils", lines),)))
    styles = {1: "List Bullet", 2: "List Bullet 2", 3: "List Bullet 3"}
    found = paragraphs(opened(to_docx((entry,), COLLECTIONS, "fr", day=DAY)))
    assert [style for style, text in found if text == "item"] == [styles[n] for n in levels]
    text = to_markdown((entry,), COLLECTIONS, "fr", day=DAY)
    assert re.findall("^( *)- item$", text, re.M) == ["  " * (n - 1) for n in levels]
    assert [tag for tag, text in rendered(text).texts if text.strip() == "item"] == ["li"] * len(
        levels
    )


def test_a_full_dossier_is_exported_whole() -> None:
    entries = [quoting(f"Ligne {n}", "note " * 400) for n in range(MAX_KEPT)]
    document = opened(to_docx(entries, COLLECTIONS, "fr", day=DAY))
    # A cell read by row and column costs the whole table each time.
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert [row[0] for row in rows[1:]] == [f"«\u00a0Ligne {n}\u00a0»" for n in range(MAX_KEPT)]


HOSTILE = (
    "**gras** _souligné_ `code` ~~barré~~",
    "<script>alert(1)</script> <!-- x --> <b>",
    "[lien](javascript:alert(1)) ![image](x) <http://x.invalid> [a]: b",
    "a | b || \\| c \\",
    "# titre #",
    "- puce",
    "+ puce",
    "1. un",
    "12) douze",
    "> cité",
    "---",
    "===",
    "* * *",
    "```sh",
    "~~~",
    "&lt; &#60; & &amp;amp;",
    "\\* \\\\ \\n",
    ":--",
    "$x$ {y} @z ^t",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_markup_comes_alive(text: str) -> None:
    entry = quoting(text, f"avant\n{text}\n\n  {text}")
    hostile = replace(
        entry, practice=replace(entry.practice, title=text, organisation=text, theme=text)
    )
    assert hostile.section is not None
    hostile = replace(hostile, section=replace(hostile.section, heading=text))
    shown = (hostile, whole(hostile.practice, f"avant\n{text}"))
    read = rendered(to_markdown(shown, COLLECTIONS, "fr", title=text, question=text, day=DAY))
    assert {*read.tags} == {"h1", "h2", "h3", "h4", "p", "blockquote", "br", "ul", "li",
                            "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
    assert read.texts[0] == ("h1", text)
    assert read.texts[2] == ("p", f"Question posée\u00a0: «\u00a0{text}\u00a0»")
    assert read.texts[4] == ("h3", text)
    assert read.texts[5] == ("p", f"«\u00a0{text}\u00a0»")
    place = f"{text} · {text} · {text} · ligne 1 · page 2 · Petit recueil"
    assert read.texts[6] == ("p", f"— {place}")
    assert read.texts[7] == ("p", f"Note\u00a0: avant\n{text}\n\n{text}")
    assert ("p", f"Note\u00a0: avant\n{text}") in read.texts
    assert ("li", text) in read.texts
    row = [text for tag, text in read.texts if tag == "td"][:5]
    assert row == [f"«\u00a0{text}\u00a0»", f"{text} · {text} · page 2", "", "",
                   f"avant {text}    {text}"]  # fmt: skip


def test_the_rule_of_a_table_is_escaped_for_readers_that_want_no_bar() -> None:
    text = to_markdown((quoting("Trier", "avant\n:--"),), COLLECTIONS, "fr", day=DAY)
    assert "avant\\\n\\:--\n" in text


# Line breaks and invisible controls apart, which the corpus refuses: see below.
visible = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufffe\uffff")
    | st.sampled_from("\\`*_[]<>#|~&-+=:!.)( \t1x")
).filter(lambda text: not re.search("[\u202a-\u202e\u2066-\u2069]", text))


@repeatable
@given(visible)
def test_a_quotation_comes_back_word_for_word_from_markdown(text: str) -> None:
    quoted = f"«\u00a0{text.strip()}\u00a0»"
    read = rendered(to_markdown((quoting(text),), COLLECTIONS, "fr", day=DAY))
    assert read.texts[4] == ("p", quoted)
    assert [text for tag, text in read.texts if tag == "td"] == [
        quoted,
        "La mesure des rappels · Caisse des Tilleuls · page 2",
        *[""] * 3,
    ]


@repeatable
@given(visible)
def test_a_quotation_comes_back_word_for_word_from_word(text: str) -> None:
    quoted = f"«\u00a0{text.strip()}\u00a0»"
    document = opened(to_docx((quoting(text),), COLLECTIONS, "fr", day=DAY))
    assert ("Intense Quote", quoted) in paragraphs(document)
    assert cells(document)[1][0] == quoted


# Everything, with what XML and terminals refuse well represented.
anything = st.text(
    st.characters(exclude_categories=())
    | st.sampled_from("\0\x0b\x0c\x1b\x85\ud800\udfff\ufffe\uffff\u2028\u202e\r\n-#|\\<& ")
)


@repeatable
@given(anything, anything, anything)
def test_whatever_is_typed_is_exported(title: str, question: str, note: str) -> None:
    entries = (quoting(note, note), whole(replace(P2, organisation=note, theme=title), question))
    arguments: Any = {"title": title, "question": question, "day": DAY}
    text = to_markdown(entries, COLLECTIONS, "fr", **arguments)
    document = opened(to_docx(entries, COLLECTIONS, "fr", **arguments))
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff\ufffe\uffff]", text
    )
    assert len(cells(document)) == 3
    assert {*rendered(text).tags} <= {"h1", "h2", "h3", "h4", "p", "blockquote", "br", "ul", "li",
                                      "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip


def test_what_word_cannot_hold_is_taken_out_and_breaks_are_kept() -> None:
    note = "un\r\ndeux\rtrois\u2028quatre\x0b\x00\x1b[31m\ud800cinq\ufffe\u202e"
    entry = quoting("Compter\x00 les\nappels", note)
    document = opened(to_docx((entry,), COLLECTIONS, "fr", title="a\x0cb\ud800", day=DAY))
    told = paragraphs(document)
    assert told[0] == ("Title", "a b")
    assert told[4] == ("Intense Quote", "«\u00a0Compter les appels\u00a0»")
    assert told[6] == ("Normal", "Note\u00a0: un\ndeux\ntrois\nquatre\n[31mcinq")
    assert cells(document)[1][4] == "un deux trois quatre [31mcinq"
    assert document.core_properties.title == "a b"


def test_a_title_longer_than_word_takes_is_cut_in_the_properties_only() -> None:
    document = opened(to_docx((), COLLECTIONS, "fr", title="t" * 300, day=DAY))
    assert document.core_properties.title == "t" * 255
    assert paragraphs(document)[0] == ("Title", "t" * 300)
