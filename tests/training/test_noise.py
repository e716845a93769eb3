from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import noise
from training.noise import noisy, without_accents

SENTENCE = "Les usagers téléphonent dix fois pour un même motif : comment réduire ces appels ?"
words = st.text("abcdefghijklmnopqrstuvwxyzàâçéèêëîïôùûüÀÉÈÊ", min_size=1, max_size=15)


def draws(text: str, count: int = 300) -> list[str]:
    return [noisy(text, random.Random(seed)) for seed in range(count)]  # noqa: S311


def bare(text: str) -> str:
    """Fold what a slip may take away besides letters: accents and capitals."""
    return without_accents(text).lower()


@given(st.text(max_size=80), st.integers())
def test_the_same_draw_gives_the_same_text(text: str, seed: int) -> None:
    first, again = (noisy(text, random.Random(seed)) for _ in range(2))  # noqa: S311
    assert first == again


def test_draws_differ() -> None:
    assert len(set(draws(SENTENCE))) > 200


@given(words, st.integers())
def test_the_first_letter_of_a_word_stays(word: str, seed: int) -> None:
    assert bare(noisy(word, random.Random(seed)))[:1] == bare(word)[:1]  # noqa: S311


@given(st.lists(words.filter(lambda word: len(word) > 1), min_size=1, max_size=6), st.integers())
def test_no_letter_comes_from_elsewhere(given_: list[str], seed: int) -> None:
    text = " ".join(given_)
    assert set(bare(noisy(text, random.Random(seed)))) <= set(bare(text))  # noqa: S311


def test_the_first_letter_of_every_word_stays() -> None:
    plain = "comment orienter les usagers vers le bon guichet"
    for text in draws(plain):
        assert [word[0] for word in text.split()] == [word[0] for word in plain.split()]


@given(st.lists(words, min_size=1, max_size=6), st.integers())
def test_words_keep_their_number_and_their_first_letters(given_: list[str], seed: int) -> None:
    found = bare(noisy(" ".join(given_), random.Random(seed))).split()  # noqa: S311
    assert [word[0] for word in found] == [bare(word)[0] for word in given_]


@pytest.mark.parametrize("mark", ["'", "-", ",", "7"])
def test_only_letters_change_places(monkeypatch: pytest.MonkeyPatch, mark: str) -> None:
    """With a slip at every place, marks and digits still stand between the same letters."""
    monkeypatch.setattr(noise, "SLIPS", 1)
    for text in draws(f"abc{mark}def"):
        before, _, after = text.replace(" ", mark).partition(mark)
        assert set(before) <= set("abc")
        assert set(after) <= set("def")
        assert (before[:1], after[:1]) == ("a", "d")


@given(st.text(max_size=80), st.integers())
def test_white_space_is_folded(text: str, seed: int) -> None:
    found = noisy(text, random.Random(seed))  # noqa: S311
    assert found == " ".join(found.split())


def test_one_letter_in_seventeen_or_so_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters lost and doubled come as often, so that lengths stay alike over many draws."""
    word = "accueillir"
    touched = [text for text in draws(word, 2000) if text != word]
    # Eight letters can slip (neither the first nor the last), each with the chance SLIPS.
    assert len(touched) / 2000 == pytest.approx(1 - (1 - noise.SLIPS) ** 8, abs=0.04)
    shorter = sum(len(text) < len(word) for text in touched)
    longer = sum(len(text) > len(word) for text in touched)
    assert shorter / longer == pytest.approx(1, abs=0.2)


def test_without_slips_only_accents_capitals_and_marks_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "SLIPS", 0)
    folded = {
        " ".join(text.replace(":", "").replace("?", "").split())
        for text in (SENTENCE, SENTENCE.lower(), without_accents(SENTENCE), bare(SENTENCE))
    }
    found = draws(SENTENCE)
    assert {" ".join(text.replace(":", "").replace("?", "").split()) for text in found} == folded
    assert {":" in text for text in found} == {True, False}


@pytest.mark.parametrize("text", ["", " ", "a", "é", "7"])
def test_a_text_too_short_to_slip_keeps_its_letters(text: str) -> None:
    assert {bare(found) for found in draws(text, 50)} == {bare(text).strip()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Élève à Noël, ça coûte", "Eleve a Noel, ca coute"),
        ("e\u0301", "e"),
        ("œuvre", "œuvre"),
        ("ﬁche", "fiche"),
        ("", ""),
    ],
)
def test_accents_are_dropped(text: str, expected: str) -> None:
    assert without_accents(text) == expected


@given(st.text(max_size=80))
def test_no_accent_is_left(text: str) -> None:
    assert not any(map(unicodedata.combining, without_accents(text)))
