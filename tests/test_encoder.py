from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recueil_qa.encoder
from recueil_qa import Assistant
from recueil_qa.encoder import BATCH, Encoder, SentenceTransformerEncoder, encoder_id
from recueil_qa.errors import EncoderError
from tests.conftest import ROOT

MODEL = ROOT / "models" / "multilingual-e5-small"
TEXTS = [
    "Le guichet",
    "How can we make our letters to the public easier to understand, from the first line on?",
    "appels",
    "Limiter le nombre d'indicateurs dans un premier temps pour faciliter l'analyse. " * 12,
    "",
    "L'accueil des usagers, le lundi matin",
    "appels",
    "œuvre",
]


class Lengths:
    """A model whose vectors tell the texts' lengths; one text gives a zero vector."""

    def __init__(self, dimension: int | None = 2) -> None:
        self.dimension = dimension
        self.batches: list[list[str]] = []

    def get_embedding_dimension(self) -> int | None:
        return self.dimension

    def encode_query(self, texts: Sequence[str], **_options: Any) -> Any:
        return np.array([[len(text), 1.0] for text in texts])

    def encode_document(self, texts: Sequence[str], **_options: Any) -> Any:
        self.batches.append(list(texts))
        return np.array([[0.0, 0.0] if text == "zero" else [len(text), 2.0] for text in texts])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory that looks like a model, as far as its identity goes."""
    folder = tmp_path / "one" / "mine"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "modules.json").write_text("[]", "utf-8")
    config = {"hidden_size": 384, "transformers_version": "5.0"}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode": "mean"}', "utf-8")
    (folder / "model.safetensors").write_bytes(bytes(range(256)))
    return folder


def with_model(monkeypatch: pytest.MonkeyPatch, folder: Path, model: Lengths) -> Encoder:
    monkeypatch.setattr(recueil_qa.encoder, "_load", lambda *_: model)
    return SentenceTransformerEncoder(str(folder))


def test_the_identity_is_the_name_and_sixteen_digits(folder: Path) -> None:
    name, _, digits = encoder_id(str(folder)).partition("@")
    assert name == "mine"
    assert len(digits) == 16
    assert set(digits) <= set("0123456789abcdef")


def test_the_identity_does_not_depend_on_the_place(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "two" / "mine")
    assert encoder_id(str(copy)) == encoder_id(str(folder))
    renamed = shutil.copytree(folder, tmp_path / "three" / "other")
    assert encoder_id(str(renamed)) == encoder_id(str(folder)).replace("mine@", "other@")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.json", '{"transformers_version": "6.1", "hidden_size": 384}'),
        ("config.json", '{\n  "hidden_size": 384,\n  "__version__": {"torch": "9"}\n}'),
        ("README.md", "# Another card"),
        ("LICENSE", "MIT"),
    ],
)
def test_what_no_vector_depends_on_is_left_out_of_the_identity(
    folder: Path, name: str, text: str
) -> None:
    before = encoder_id(str(folder))
    (folder / name).write_text(text, "utf-8")
    assert encoder_id(str(folder)) == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", bytes(range(255, -1, -1))),
        ("model.safetensors", bytes(range(255))),
        ("config.json", b'{"hidden_size": 768}'),
        ("1_Pooling/config.json", b'{"pooling_mode": "cls"}'),
        ("modules.json", b"[{}]"),
        ("tokenizer.json", b"{}"),
    ],
)
def test_what_a_vector_depends_on_changes_the_identity(
    folder: Path, name: str, content: bytes
) -> None:
    before = encoder_id(str(folder))
    (folder / name).write_bytes(content)
    assert encoder_id(str(folder)) != before


def test_a_hub_name_is_its_own_identity_and_asks_no_network() -> None:
    assert encoder_id("owner/model") == "owner/model@hub"


@pytest.mark.parametrize(
    "name", ["models/missing", "/nowhere/at/all", "./here", "~/models/e5", "a/b/c", "..\\model"]
)
@pytest.mark.parametrize("load", [encoder_id, SentenceTransformerEncoder])
def test_a_missing_directory_is_told_with_the_mend(load: Callable[[str], Any], name: str) -> None:
    with pytest.raises(EncoderError) as caught:
        load(name)
    assert caught.value.fr == f"l'encodeur n'est pas là : {Path(name)}. Remède : make encoder"
    assert caught.value.en == (
        f"the encoder is not there: {Path(name)}. Mend it with: make encoder"
    )


@pytest.mark.parametrize("load", [encoder_id, SentenceTransformerEncoder])
def test_a_directory_without_modules_is_told_with_the_mend(
    folder: Path, load: Callable[[str], Any]
) -> None:
    (folder / "modules.json").unlink()
    with pytest.raises(EncoderError) as caught:
        load(str(folder))
    for text in (caught.value.fr, caught.value.en):
        assert str(folder) in text
        assert "modules.json" in text
        assert text.endswith("make encoder")


@pytest.mark.parametrize("content", [b"{", b"", b"[]", b"3", b"\xff\xfe{}"])
def test_a_damaged_configuration_is_told_with_the_mend(folder: Path, content: bytes) -> None:
    (folder / "config.json").write_bytes(content)
    with pytest.raises(EncoderError) as caught:
        encoder_id(str(folder))
    assert caught.value.fr.startswith(f"{folder} : illisible (")
    assert caught.value.en.startswith(f"{folder}: can't be read (")
    assert caught.value.fr.endswith("Remède : make encoder")
    assert caught.value.en.endswith("Mend it with: make encoder")


def test_documents_are_encoded_longest_first_and_come_back_in_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, calls = Lengths(), []
    encoder = with_model(monkeypatch, folder, model)
    texts = ["x" * (17 * i % 101) for i in range(2 * BATCH + 6)]
    vectors = encoder.encode_document(texts, lambda *at: calls.append(at))
    expected = np.array([[len(text), 2.0] for text in texts])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert [len(batch) for batch in model.batches] == [BATCH, BATCH, 6]
    lengths = [len(text) for batch in model.batches for text in batch]
    assert lengths == sorted(lengths, reverse=True)
    total = len(texts)
    assert calls == [(BATCH, total), (2 * BATCH, total), (total, total)]


def test_vectors_are_unit_float32_and_a_zero_vector_stays_zero(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = with_model(monkeypatch, folder, Lengths())
    vectors = encoder.encode_document(["zero", "abc"])
    assert vectors.dtype == np.float32
    assert encoder.dimension == 2
    expected = np.array([[0.0, 0.0], [3 / 13**0.5, 2 / 13**0.5]])
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    expected = np.array([[2 / 5**0.5, 1 / 5**0.5]])
    np.testing.assert_allclose(encoder.encode_query(["ab"]), expected, atol=1e-6)
    assert encoder.encode_document([]).shape == (0, 2)


def test_a_model_that_does_not_tell_its_dimension_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EncoderError, match="unknown dimension"):
        with_model(monkeypatch, folder, Lengths(dimension=None))


@pytest.mark.model
@pytest.mark.parametrize(
    "name", ["config.json", "modules.json", "tokenizer.json", "model.safetensors"]
)
@pytest.mark.parametrize("content", [None, b"", b'{"hidden', b"[]"])
def test_a_damaged_model_never_loads_and_never_shows_another_exception(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    copy = tmp_path / "model"
    shutil.copytree(MODEL, copy, copy_function=os.symlink)
    (copy / name).unlink()
    if content is not None:
        (copy / name).write_bytes(content)
    with pytest.raises(EncoderError, match="make encoder") as caught:
        SentenceTransformerEncoder(str(copy))
    assert str(copy) in caught.value.fr
    assert "make encoder" in caught.value.fr


@pytest.mark.model
def test_the_real_vectors_are_unit_vectors_of_384(real: Assistant) -> None:
    encoder = real.load_encoder()
    assert encoder.dimension == 384
    for vectors in (encoder.encode_query(TEXTS), encoder.encode_document(TEXTS)):
        assert vectors.shape == (len(TEXTS), 384)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@pytest.mark.model
def test_a_query_and_a_document_of_one_text_differ_by_their_prefixes(real: Assistant) -> None:
    encoder = real.load_encoder()
    queries, documents = encoder.encode_query(TEXTS), encoder.encode_document(TEXTS)
    cosines = (queries * documents).sum(axis=1)
    assert cosines.max() < 0.999
    nearest = (encoder.encode_query(["appels"]) @ documents.T)[0]
    assert int(nearest.argmax()) in (2, 6)


@pytest.mark.model
def test_a_batch_is_its_texts_one_by_one_in_the_order_given(real: Assistant) -> None:
    encoder = real.load_encoder()
    for encode in (encoder.encode_query, encoder.encode_document):
        together = encode(TEXTS)
        apart = np.concatenate([encode([text]) for text in TEXTS])
        assert (together * apart).sum(axis=1).min() >= 0.9999
        products = together @ apart.T
        for i, row in enumerate(products):
            assert {int(row.argmax()), i} <= ({2, 6} if i in (2, 6) else {i})


@pytest.mark.model
def test_the_identity_is_that_of_the_index(real: Assistant) -> None:
    assert real.load_encoder().id == encoder_id(str(MODEL)) == real.index.manifest.encoder
