"""The sentences of the page: in both languages, all of them used, none of them missing."""

from __future__ import annotations

import re
from string import Formatter
from typing import get_args

import pytest

from recueil_app import texts
from recueil_app.route import SORTS, VIEWS
from recueil_app.session import _NAMES
from recueil_app.texts import LANGUAGES, Texts, sentences
from recueil_app.views.ask import NOTICES
from recueil_qa.doctor.finding import Severity
from recueil_qa.types import FACETS
from tests.support import ROOT

APP = ROOT / "app"
SOURCES = [*APP.rglob("*.py"), *(APP / "recueil_app" / "templates").glob("*.html")]

# How the app asks for a sentence whose key it puts together → the keys that this can be.
MADE = {
    'f"{view}_view"': {f"{view}_view" for view in VIEWS},
    'f"{page.route.view}_view"': {f"{view}_view" for view in VIEWS},
    'f"{route.view}_view"': {f"{view}_view" for view in VIEWS},
    'f"sort_{name}"': {f"sort_{name}" for name in SORTS},
    '"severity_" ~ finding.severity': {f"severity_{level}" for level in get_args(Severity)},
    'f"draft_{draft.kind}"': {"draft_question", "draft_statement"},
    'f"export_{form}"': {"export_docx", "export_markdown"},
    "facet": {*FACETS},
    "key": {
        "keep", "kept", "keep_practice", "kept_practice",
        "unknown_filter", "unknown_compared", *_NAMES.values(),
    },
    "name": {"up", "down"},
    "notice": {"unknown_language", "unknown_view", "not_yours", *NOTICES},
    "question": {"useful", "refusal_useful"},
}  # fmt: skip
_ASKED = re.compile(r"""\bt\[(.+?)\]""")
_TAKEN = re.compile(r"""\bsentences\(\)\["(\w+)"\]""")
_COUNTED = re.compile(r"""\bt\.count\("(\w+)\"""")
_PLAIN = re.compile(r"""(["'])([\w-]+)\1""")


def asked() -> tuple[set[str], set[str]]:
    """Return the keys that the app names, and the expressions of those it puts together."""
    named: set[str] = set()
    made: set[str] = set()
    for path in SOURCES:
        for expression in _ASKED.findall(path.read_text("utf-8")):
            plain = _PLAIN.findall(expression)
            # `t["a"] if … else "b"` and the like name each of their keys.
            if plain and " ~ " not in expression and not expression.startswith("f"):
                named |= {key for _, key in plain}
            else:
                made.add(expression)
        named |= {*_TAKEN.findall(path.read_text("utf-8"))}
        for key in _COUNTED.findall(path.read_text("utf-8")):
            named |= {key, f"{key}_one"}
    return named, made


def placeholders(sentence: str) -> list[tuple[str, str]]:
    """Return the names and the formats of a sentence's blanks, in order."""
    return [
        (name, form or "") for _, name, form, _ in Formatter().parse(sentence) if name is not None
    ]


@pytest.mark.parametrize("key", sentences())
def test_a_sentence_stands_in_both_languages_with_the_same_blanks(key: str) -> None:
    assert [*LANGUAGES] == ["fr", "en"]
    pair = french, english = [sentences()[key].to(language) for language in LANGUAGES]
    for sentence in pair:
        assert sentence.strip()
        assert "\n" not in sentence
    assert sorted(placeholders(french)) == sorted(placeholders(english))
    # Blanks without a name are filled in one order: it must be the same one.
    unnamed = [[form for name, form in placeholders(s) if not name] for s in pair]
    assert unnamed[0] == unnamed[1]


def test_every_sentence_is_used_and_none_is_missing() -> None:
    named, made = asked()
    assert made == {*MADE}
    used = named.union(*MADE.values())
    # What is said of several collections, of a sentence that is said of one.
    used |= {f"{key}_many" for key in used} & {*sentences()}
    assert used - {*sentences()} == set()
    assert {*sentences()} - used == set()


def test_several_collections_have_their_own_sentences_where_they_differ() -> None:
    french, english = Texts("fr", many=True), Texts("en", many=True)
    assert french["in_other_language"] == "Les recueils sont en anglais."
    assert english["in_other_language"] == "The collections are in French."
    assert french["why"] == Texts("fr")["why"]
    assert Texts("fr")["in_other_language"] == "Le recueil est en anglais."


def test_an_unknown_key_is_no_sentence() -> None:
    with pytest.raises(KeyError):
        Texts("fr")["inconnu"]


@pytest.mark.parametrize(
    ("iso", "fr", "en"),
    [
        ("2014-06-19", "19 juin 2014", "19 June 2014"),
        ("2026-08-01T09:30:00.123456+00:00", "1er août 2026", "1 August 2026"),
        ("2025-12-31", "31 décembre 2025", "31 December 2025"),
    ],
)
def test_a_day_is_told_as_people_write_it(iso: str, fr: str, en: str) -> None:
    assert (Texts("fr").date(iso), Texts("en").date(iso)) == (fr, en)


def test_sentences_are_read_once() -> None:
    assert texts.sentences() is sentences()
