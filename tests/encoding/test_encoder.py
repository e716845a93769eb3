from __future__ import annotations

import json
import os
import pickle
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recueil_qa.encoding.torch_encoder
from recueil_qa import Assistant
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.encoding.identity import SUMS, encoder_id, names_content, same_model
from recueil_qa.encoding.torch_encoder import SHOWN_EVERY, SentenceTransformerEncoder
from recueil_qa.errors import EncoderError
from tests.support import ROOT
from tests.support.tiny import PADDING, load, tiny_tokenizer, write_tiny_encoder
from training import train_encoder

MODEL = ROOT / "models" / "recueil-e5"
MEND_FR = "Remède : git checkout -- models/recueil-e5, ou un autre avec --encoder"
MEND_EN = "Mend it with: git checkout -- models/recueil-e5, or another one with --encoder"
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
        self.threads: set[int] = set()

    def get_embedding_dimension(self) -> int | None:
        return self.dimension

    def encode_query(self, texts: Sequence[str], **_options: Any) -> Any:
        return np.array([[len(text), 1.0] for text in texts])

    def encode_document(self, texts: Sequence[str], **_options: Any) -> Any:
        import torch

        self.batches.append(list(texts))
        self.threads.add(torch.get_num_threads())
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
    monkeypatch.setattr(recueil_qa.encoding.torch_encoder, "_load", lambda *_: model)
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


def in_hub_cache(root: Path, name: str, commit: str) -> None:
    """Write what a hub's library keeps of a model that it got."""
    folder = root / f"models--{name.replace('/', '--')}"
    (folder / "snapshots" / commit).mkdir(parents=True)
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(commit, "ascii")


def test_the_identity_of_a_hubs_model_is_the_commit_that_the_cache_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
    assert encoder_id("owner/model") == "owner/model@hub"
    in_hub_cache(tmp_path, "owner/model", "0123456789abcdef" + "0" * 24)
    assert encoder_id("owner/model") == "owner/model@0123456789abcdef"
    in_hub_cache(tmp_path, "owner/model", "f" * 40)
    assert encoder_id("owner/model") == "owner/model@ffffffffffffffff"
    in_hub_cache(tmp_path, "sentence-transformers/short", "a" * 40)
    assert encoder_id("short") == "short@aaaaaaaaaaaaaaaa"
    # What is not whole is as if it weren't there.
    (tmp_path / "models--owner--model" / "refs" / "main").write_text("main", "ascii")
    assert encoder_id("owner/model") == "owner/model@hub"


def test_a_hubs_model_is_loaded_as_its_identity_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sentence_transformers

    asked = list[str | None]()

    class Model(Lengths):
        def __init__(self, name: str, *, revision: str | None, **_: Any) -> None:
            super().__init__()
            asked.append(revision)
            if revision is None:  # it is got, and kept
                in_hub_cache(tmp_path, name, "b" * 40)

        def __getitem__(self, place: int) -> object:
            return None

    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
    monkeypatch.setattr(sentence_transformers, "SentenceTransformer", Model)
    ids = [SentenceTransformerEncoder("owner/model").id for _ in range(2)]
    assert ids == ["owner/model@bbbbbbbbbbbbbbbb"] * 2
    assert asked == [None, "b" * 40]


def test_an_identity_without_content_may_be_of_any_model_of_its_name() -> None:
    for one, other, same in (
        ("owner/model@hub", "owner/model@0123", True),
        ("owner/model@0123", "owner/model@hub", True),
        ("owner/model@0123", "owner/model@4567", False),
        ("owner/model@hub", "owner/other@0123", False),
        ("mine+onnx@0123", "mine@0123", True),
    ):
        assert same_model(one, other) is same
    assert names_content("owner/model@0123")
    assert not names_content("owner/model@hub")


def test_a_local_model_is_loaded_without_a_network_and_leaves_the_process_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub
    import sentence_transformers

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    before, seen = dict(os.environ), list[tuple[str, bool, bool]]()

    class Model(Lengths):
        def __init__(self, name: str, *, local_files_only: bool, **_: Any) -> None:
            super().__init__()
            seen.append((name, local_files_only, huggingface_hub.is_offline_mode()))

        def __getitem__(self, place: int) -> object:
            return None

    monkeypatch.setattr(sentence_transformers, "SentenceTransformer", Model)
    SentenceTransformerEncoder(str(folder))
    SentenceTransformerEncoder("owner/model")
    assert seen == [(str(folder), True, True), ("owner/model", False, False)]
    assert dict(os.environ) == before
    assert not huggingface_hub.is_offline_mode()


@pytest.mark.parametrize(
    "name", ["models/missing", "/nowhere/at/all", "./here", "~/models/e5", "a/b/c", "..\\model"]
)
@pytest.mark.parametrize("load", [encoder_id, SentenceTransformerEncoder])
def test_a_missing_directory_is_told_with_the_mend(load: Callable[[str], Any], name: str) -> None:
    with pytest.raises(EncoderError) as caught:
        load(name)
    assert caught.value.fr == f"l'encodeur n'est pas là : {Path(name)}. {MEND_FR}"
    assert caught.value.en == f"the encoder is not there: {Path(name)}. {MEND_EN}"


@pytest.mark.parametrize("load", [encoder_id, SentenceTransformerEncoder])
def test_a_directory_without_modules_is_told_with_the_mend(
    folder: Path, load: Callable[[str], Any]
) -> None:
    (folder / "modules.json").unlink()
    with pytest.raises(EncoderError) as caught:
        load(str(folder))
    for text, mend in ((caught.value.fr, MEND_FR), (caught.value.en, MEND_EN)):
        assert str(folder) in text
        assert "modules.json" in text
        assert text.endswith(mend)


@pytest.mark.parametrize("content", [b"{", b"", b"[]", b"3", b"\xff\xfe{}"])
def test_a_damaged_configuration_is_told_with_the_mend(folder: Path, content: bytes) -> None:
    (folder / "config.json").write_bytes(content)
    with pytest.raises(EncoderError) as caught:
        encoder_id(str(folder))
    assert caught.value.fr.startswith(f"l'encodeur {folder} : illisible (")
    assert caught.value.en.startswith(f"the encoder {folder} can't be read (")
    assert caught.value.fr.endswith(MEND_FR)
    assert caught.value.en.endswith(MEND_EN)


def test_documents_are_encoded_alone_and_come_back_in_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    model, calls, threads = Lengths(), [], torch.get_num_threads()
    encoder = with_model(monkeypatch, folder, model)
    texts = ["x" * (17 * i % 101) for i in range(2 * SHOWN_EVERY + 6)]
    vectors = encoder.encode_document(texts, lambda *at: calls.append(at))
    expected = np.array([[len(text), 2.0] for text in texts])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert {len(batch) for batch in model.batches} == {1}
    total = len(texts)
    assert calls == [(SHOWN_EVERY, total), (2 * SHOWN_EVERY, total), (total, total)]
    assert model.threads == {1}
    assert torch.get_num_threads() == threads


def test_a_text_that_fails_gives_the_threads_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    threads = torch.get_num_threads()
    encoder = with_model(monkeypatch, folder, Lengths())
    with pytest.raises(TypeError):
        encoder.encode_document(["a", None, "b"])  # type: ignore[list-item]
    assert torch.get_num_threads() == threads
    assert encoder.encode_document(["a"]).shape == (1, 2)


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


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model as training writes it: half precision, in several files."""
    folder = tmp_path_factory.mktemp("tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_encoder, "SHARD", "6KB")
        train_encoder.save(load(write_tiny_encoder(folder / "base")), folder / "tiny")
    return folder / "tiny"


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model, to damage."""
    return shutil.copytree(tiny, tmp_path / "model")


def assert_refused(folder: Path, reason: str = "") -> None:
    with pytest.raises(EncoderError) as caught:
        SentenceTransformerEncoder(str(folder))
    for text, mend in ((caught.value.fr, MEND_FR), (caught.value.en, MEND_EN)):
        assert str(folder) in text
        assert text.endswith(mend)
        assert "\n" not in text
        assert re.search(reason, text)


def test_half_precision_on_the_disk_is_computed_in_float32(tiny: Path) -> None:
    import torch

    encoder, plain = SentenceTransformerEncoder(str(tiny)), load(tiny)
    assert {weights.dtype for weights in encoder._model.parameters()} == {torch.float32}
    assert encoder.dimension == 16
    expected = plain.float().encode_document(TEXTS)
    for vectors in (encoder.encode_document(TEXTS), encoder.encode_query(TEXTS)):
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_document(TEXTS), expected, atol=1e-5)


def test_a_model_of_several_files_has_one_identity(tiny: Path, copy: Path) -> None:
    shards = sorted(copy.glob("model-*.safetensors"))
    assert len(shards) > 1
    assert SentenceTransformerEncoder(str(copy)).id == encoder_id(str(copy))
    assert encoder_id(str(copy)) == encoder_id(str(tiny)).replace("tiny@", "model@")
    damaged = bytearray(shards[-1].read_bytes())
    damaged[-1] ^= 1
    shards[-1].write_bytes(damaged)
    assert encoder_id(str(copy)) != encoder_id(str(tiny)).replace("tiny@", "model@")


@pytest.mark.parametrize("place", [0, 1, -1])
def test_a_missing_file_of_weights_is_told(copy: Path, place: int) -> None:
    shard = sorted(copy.glob("model-*.safetensors"))[place]
    shard.unlink()
    assert_refused(copy, shard.name)


@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, -1])
def test_weights_cut_short_are_told(copy: Path, place: int, kept: float) -> None:
    shard = sorted(copy.glob("model-*.safetensors"))[place]
    content = shard.read_bytes()
    shard.write_bytes(content[: int(kept * len(content)) if kept == 0.5 else int(kept)])
    assert_refused(copy)


def test_a_tokenizer_with_more_pieces_than_weights_is_told(copy: Path, tmp_path: Path) -> None:
    """Its ids would run out of the matrix on some texts, and not on others."""
    path = copy / "tokenizer.json"
    state = json.loads(path.read_text("utf-8"))
    rows = len(state["model"]["vocab"]) + PADDING
    state["model"]["vocab"] += [[f"▁more{number}", -9.0] for number in range(PADDING)]
    path.write_text(json.dumps(state), "utf-8")
    assert SentenceTransformerEncoder(str(copy)).dimension == 16
    state["model"]["vocab"].append(["▁onemore", -9.0])
    path.write_text(json.dumps(state), "utf-8")
    assert_refused(copy, rf"the tokenizer has {rows + 1} pieces, the weights {rows}")


def test_weights_of_another_vocabulary_than_the_configuration_are_told(copy: Path) -> None:
    path = copy / "config.json"
    config = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(config | {"vocab_size": config["vocab_size"] + 40}), "utf-8")
    assert_refused(copy)


def test_a_model_of_static_vectors_loads(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    module = StaticEmbedding(tiny_tokenizer().backend_tokenizer, embedding_dim=8)
    model = SentenceTransformer(modules=[module], device="cpu")
    model.save(str(tmp_path / "static"), create_model_card=False)
    encoder = SentenceTransformerEncoder(str(tmp_path / "static"))
    assert encoder.encode_query(TEXTS).shape == (len(TEXTS), 8)


NAMES = ["config.json", "modules.json", "tokenizer.json", "model.safetensors.index.json"]
CONTENTS = [None, b"", b'{"hidden', b"[]"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", CONTENTS)
def test_a_damaged_model_never_loads_and_never_shows_another_exception(
    copy: Path, name: str, content: bytes | None
) -> None:
    (copy / name).unlink()
    if content is not None:
        (copy / name).write_bytes(content)
    assert_refused(copy)


@pytest.mark.model
@pytest.mark.parametrize("pattern", ["config.json", "modules.json", "tokenizer.json", "*.saf*"])
@pytest.mark.parametrize("content", CONTENTS)
def test_the_real_model_damaged_never_loads_and_never_shows_another_exception(
    tmp_path: Path, pattern: str, content: bytes | None
) -> None:
    copy = tmp_path / "model"
    shutil.copytree(MODEL, copy, copy_function=os.symlink)
    damaged = sorted(copy.glob(pattern))
    for path in damaged:
        path.unlink()
        if content is not None:
            path.write_bytes(content)
    with pytest.raises(EncoderError, match=damaged[-1].name[-12:]):
        SentenceTransformerEncoder(str(copy))
    # Without the list of what the files should be, the load itself must refuse.
    (copy / SUMS).unlink()
    assert_refused(copy)


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
    identity = encoder_id(str(MODEL)).replace("@", "+onnx@")
    assert real.load_encoder().id == identity == real.index.manifest.encoder


def test_weights_that_could_run_a_program_are_refused_and_run_nothing(
    copy: Path, tmp_path: Path
) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    for path in copy.glob("model*.safetensors*"):
        path.unlink()
    (copy / "pytorch_model.bin").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(EncoderError, match="can't be loaded"):
        SentenceTransformerEncoder(str(copy))
    assert not (tmp_path / "sprung").exists()
