from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recueil_qa.messages import Command, Text, alike, join, mended, table

# No surrogates: they can't be typed, nor shown.
WORDS = st.text(st.characters(exclude_categories=["Cs"]))
TEXTS = st.builds(Text, WORDS, WORDS)
COMMANDS = st.lists(WORDS, min_size=1).map(lambda words: Command(*words))
LANGUAGES = ("fr", "en")


@given(TEXTS, TEXTS, WORDS)
def test_texts_and_strings_are_added_in_each_language(one: Text, other: Text, plain: str) -> None:
    for language in LANGUAGES:
        assert (one + other).to(language) == one.to(language) + other.to(language)
        assert (one + plain).to(language) == one.to(language) + plain
        assert (plain + one).to(language) == plain + one.to(language)


@given(TEXTS, TEXTS, TEXTS)
def test_adding_can_be_done_in_any_order(a: Text, b: Text, c: Text) -> None:
    assert (a + b) + c == a + (b + c)
    assert a + "" == "" + a == a


@given(TEXTS, COMMANDS, WORDS)
def test_blanks_are_filled_in_the_language_of_the_text(
    text: Text, command: Command, plain: str
) -> None:
    # What fills a blank may hold braces: they stay as they are.
    form = Text("a {} b {} c {name}", "c {name} a {} b {}")
    assert form.format(text, command, name=plain) == Text(
        f"a {text.fr} b {command} c {plain}", f"c {plain} a {text.en} b {command}"
    )


@given(st.lists(WORDS, min_size=1))
def test_a_shell_reads_from_a_command_the_words_that_it_was_made_of(words: list[str]) -> None:
    command = Command(*words)
    assert shlex.split(str(command)) == words
    assert command.to("fr") == command.to("en") == str(command)


@given(TEXTS, COMMANDS)
def test_a_command_in_a_sentence_is_quoted(text: Text, command: Command) -> None:
    assert (text + command).fr == text.fr + shlex.join(command.words)


def test_paths_are_quoted_only_where_they_need_it() -> None:
    assert str(Command("recueil-qa", "ask", Path("/a/b"))) == "recueil-qa ask /a/b"
    assert str(Command("recueil-qa", "ask", Path("/a b"))) == "recueil-qa ask '/a b'"
    assert str(Command("RECUEIL_EXACT=true", "recueil-qa")) == "RECUEIL_EXACT=true recueil-qa"


@given(st.lists(TEXTS))
def test_texts_are_joined_in_each_language(texts: list[Text]) -> None:
    assert join(texts).fr == " ; ".join(text.fr for text in texts)
    assert join(texts).en == "; ".join(text.en for text in texts)
    assert join([*texts, "x"], ", ").fr == ", ".join([*(text.fr for text in texts), "x"])


@pytest.mark.parametrize("end", ["", "."])
def test_a_message_ends_with_its_mend(end: str) -> None:
    what = Text(f"abîmé{end}", f"damaged{end}")
    told = mended(what, Command("make", "a b"))
    assert told == Text("abîmé. Remède : make 'a b'", "damaged. Mend it with: make 'a b'")
    assert mended(what, Text("ôtez-le", "remove it")).fr == "abîmé. Remède : ôtez-le"
    assert mended(what, None) is what


def test_names_and_tables_are_texts() -> None:
    assert alike(3) == Text("3", "3")
    assert table({"a": ("un", "one")}) == {"a": Text("un", "one")}
