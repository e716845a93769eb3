from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tiny import (
    CHARACTERS,
    FOREIGN,
    MARKS,
    SHORT,
    TEXTS,
    load,
    pieces,
    tiny_tokenizer,
    write_tiny_encoder,
)
from training import trim_vocabulary
from training.convert_e5 import PROMPTS, SPECIALS
from training.trim_vocabulary import frequent_words, kept_pieces, trim


def tokens(model: Any, text: str) -> list[str]:
    tokenizer = model[0].tokenizer
    found: list[str] = tokenizer.convert_ids_to_tokens(tokenizer(text)["input_ids"])
    return found


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_encoder(tmp_path_factory.mktemp("tiny") / "whole")


@pytest.fixture(scope="module")
def trimmed_folder(source: Path) -> Path:
    target = source.with_name("trimmed")
    prefixes = [prompt for prompt in PROMPTS.values() if prompt]
    count = trim(source, target, iter([*TEXTS, *prefixes]))
    assert count == len(load(target)[0].tokenizer)
    return target


@pytest.fixture(scope="module")
def whole(source: Path) -> Any:
    return load(source)


@pytest.fixture(scope="module")
def trimmed(trimmed_folder: Path) -> Any:
    return load(trimmed_folder)


def kept(texts: Iterable[str]) -> list[str]:
    tokenizer = tiny_tokenizer()
    numbers = kept_pieces(tokenizer.backend_tokenizer, texts)
    assert numbers == sorted(set(numbers))
    found: list[str] = tokenizer.convert_ids_to_tokens(numbers)
    return found


def test_specials_characters_marks_and_short_pieces_stay_whatever_the_texts() -> None:
    found = kept([])
    characters = [piece for piece, _ in pieces() if len(piece.replace("▁", "")) <= 1]
    assert {*SPECIALS, *characters, *MARKS, *SHORT[:4]} <= set(found)
    short = {"▁les", "nt", "ing", "▁the", "ed"}
    assert set(found) - {*SPECIALS, *characters, *MARKS, *SHORT[:4]} == short
    # As many in the order of the whole vocabulary: ids only close up.
    order = [piece for piece, _ in pieces()]
    assert found == sorted(found, key=order.index)


def test_the_pieces_of_the_texts_stay_and_no_other() -> None:
    found = set(kept([*TEXTS, *TEXTS]))
    assert {"▁usagers", "▁téléphone", "accueil", "▁guichet", "▁desk", "▁wait"} <= found
    assert not found & {*FOREIGN, "ŁÓD", "▁queries", "▁passage"}


def test_texts_of_more_than_one_batch_all_count() -> None:
    found = kept([*["les"] * 10_000, "le guichet"])
    assert "▁guichet" in found


def test_a_trimmed_model_is_smaller_and_knows_its_specials(whole: Any, trimmed: Any) -> None:
    tokenizer = trimmed[0].tokenizer
    assert len(tokenizer) < len(whole[0].tokenizer)
    assert trimmed[0].model.get_input_embeddings().num_embeddings == len(tokenizer)
    assert trimmed[0].model.config.vocab_size == len(tokenizer)
    assert trimmed[0].model.config.pad_token_id == tokenizer.pad_token_id
    for name in ("bos", "cls", "eos", "sep", "pad", "unk", "mask"):
        expected = getattr(whole[0].tokenizer, f"{name}_token")
        assert getattr(tokenizer, f"{name}_token") == expected
        number = getattr(tokenizer, f"{name}_token_id")
        assert tokenizer.convert_ids_to_tokens(number) == expected
    assert tokens(trimmed, "les")[0] == "<s>"
    assert tokens(trimmed, "les")[-1] == "</s>"
    assert tokenizer.model_max_length == whole[0].tokenizer.model_max_length
    assert trimmed.prompts == whole.prompts


def test_every_piece_that_stays_keeps_its_weights(whole: Any, trimmed: Any) -> None:
    before = whole[0].model.get_input_embeddings().weight.detach().numpy()
    after = trimmed[0].model.get_input_embeddings().weight.detach().numpy()
    old, new = whole[0].tokenizer.get_vocab(), trimmed[0].tokenizer.get_vocab()
    assert sorted(new.values()) == list(range(len(after)))
    for piece, number in new.items():
        np.testing.assert_array_equal(after[number], before[old[piece]], strict=True)


def assert_alike(whole: Any, trimmed: Any, texts: list[str]) -> None:
    """Check that both cut texts alike and give them the same vectors, of both kinds."""
    for text in texts:
        assert tokens(trimmed, text) == tokens(whole, text)
    for method in ("encode_query", "encode_document"):
        before, after = getattr(whole, method)(texts), getattr(trimmed, method)(texts)
        np.testing.assert_allclose(np.linalg.norm(after, axis=1), 1, atol=1e-5)
        assert (before * after).sum(axis=1).min() > 0.99999


def test_french_and_english_sentences_get_the_same_vectors(whole: Any, trimmed: Any) -> None:
    texts = [*TEXTS, "réduire les appels", "letters at the desk", "RSA QUENT 2014...", "", "x"]
    assert_alike(whole, trimmed, texts)
    vectors = whole.encode_query(texts)
    # The comparison means something: the texts don't all get one vector.
    assert np.triu(vectors @ vectors.T, 1).max() < 0.999


words = st.sampled_from([word for text in TEXTS for word in text.split()])


@given(st.lists(words, max_size=12))
def test_any_sentence_of_their_words_is_cut_the_same(
    whole: Any, trimmed: Any, given_: list[str]
) -> None:
    text = " ".join(given_)
    assert tokens(trimmed, text) == tokens(whole, text)


@given(st.text("".join(CHARACTERS), max_size=30))
def test_nothing_becomes_unknown_that_was_known(whole: Any, trimmed: Any, text: str) -> None:
    assert "<unk>" not in tokens(whole, text)
    assert "<unk>" not in tokens(trimmed, text)


def test_a_word_of_another_language_is_spelt_out(whole: Any, trimmed: Any) -> None:
    assert "日本" in tokens(whole, "日本")
    assert tokens(whole, "▁gracias") == ["<s>", "▁gracias", "</s>"]
    assert tokens(trimmed, "▁gracias") == ["<s>", *"▁gracias", "</s>"]
    assert tokens(trimmed, "☃") == tokens(whole, "☃")  # unknown before and after


def test_the_target_appears_only_when_it_is_complete(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise KeyboardInterrupt

    target = tmp_path / "deep" / "target"
    monkeypatch.setattr(trim_vocabulary, "trimmed_tokenizer", broken)
    with pytest.raises(KeyboardInterrupt):
        trim(source, target, TEXTS)
    assert list((tmp_path / "deep").iterdir()) == []


def test_a_target_that_is_there_is_replaced_as_a_whole(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "left.txt").write_text("old", "utf-8")
    trim(source, target, TEXTS)
    assert not (target / "left.txt").exists()
    assert (target / "modules.json").is_file()
    assert list(tmp_path.iterdir()) == [target]


def test_frequent_words_come_in_the_forms_of_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trim_vocabulary, "WORDS", 30)
    found = list(frequent_words())
    assert {"de", "De", "DE", "-de", "-De", "-DE", "l'de", "qu’de", "the", "-The"} <= set(found)
    assert not [word for word in found if word.endswith("'the")]
    assert len(found) == 30 * 6 + 30 * (6 + len(trim_vocabulary.ELISIONS))
