from __future__ import annotations

import importlib.util
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from recueil_qa import Assistant, Settings
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding import onnx_encoder
from recueil_qa.encoding.encoder import Encoder, Vectors
from recueil_qa.encoding.identity import SUMS, file_hashes, with_runtime, without_runtime
from recueil_qa.encoding.onnx_encoder import GRAPH, OnnxEncoder, alike
from recueil_qa.encoding.runtimes import Runtime, encoder_id, open_encoder
from recueil_qa.encoding.torch_encoder import SentenceTransformerEncoder
from recueil_qa.errors import EncoderError
from tests.support import ROOT
from tests.support.tiny import TEXTS, write_tiny_encoder
from training import export_onnx, train_encoder

MODEL = ROOT / "models" / "recueil-e5"
GIT_FR = "git checkout -- models/recueil-e5 (ou reprenez models/ dans l'archive d'installation)"
GIT_EN = "git checkout -- models/recueil-e5 (or take models/ again from the install archive)"
WORDS = " ".join(TEXTS).split()


def mixed(count: int, seed: int = 0) -> list[str]:
    """Return texts of all lengths, some beyond what the model reads, some of equal length."""
    rng = random.Random(seed)  # noqa: S311
    lengths = [0, 1, 1, 2, 700, *(rng.randint(1, 60) for _ in range(count))][:count]
    return [" ".join(rng.choices(WORDS, k=length)) for length in lengths]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model as training leaves it, in half precision and two files, with its form."""
    folder = write_tiny_encoder(tmp_path_factory.mktemp("encoders") / "tiny")
    model = SentenceTransformerEncoder(str(folder))._model
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_encoder, "SHARD", "8KB")
        train_encoder.save(model, folder)
    assert len([*folder.glob("*.safetensors")]) > 1
    assert export_onnx.export(folder) > 0.99999
    return folder


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    """The small model by the shipped one's name, without the list of its files' hashes."""
    folder = shutil.copytree(tiny, tmp_path / "recueil-e5")
    (folder / SUMS).unlink()
    return folder


@pytest.fixture
def listed(tiny: Path, tmp_path: Path) -> Path:
    """The small model as the shipped one is: with the list."""
    return shutil.copytree(tiny, tmp_path / "models" / "recueil-e5")


def each_alone(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    return np.concatenate([encoder.encode_document([text]) for text in texts])


def assert_alone(encoder: Encoder, texts: Sequence[str], rounds: int, alone: Vectors) -> None:
    """Check that the vectors are the same bits alone, together, in any part and order."""
    rng = random.Random(5)  # noqa: S311
    for _ in range(rounds):
        chosen = rng.sample(range(len(texts)), rng.randint(2, len(texts)))
        together = encoder.encode_document([texts[place] for place in chosen])
        assert together.tobytes() == alone[chosen].tobytes()


def test_vectors_are_those_of_the_reference(tiny: Path) -> None:
    encoder, reference = OnnxEncoder(str(tiny)), SentenceTransformerEncoder(str(tiny))
    texts = mixed(40)
    assert encoder.dimension == reference.dimension == 16
    for ours, theirs in (
        (encoder.encode_query, reference.encode_query),
        (encoder.encode_document, reference.encode_document),
    ):
        vectors = ours(texts)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(vectors, theirs(texts), atol=2e-5)
    assert abs(encoder.encode_query(texts) - encoder.encode_document(texts)).max() > 0.1
    assert encoder.encode_document([]).shape == encoder.encode_query([]).shape == (0, 16)


def test_a_text_has_one_vector_whatever_stands_beside_it(tiny: Path) -> None:
    for encoder in (OnnxEncoder(str(tiny)), SentenceTransformerEncoder(str(tiny))):
        texts = mixed(30)
        assert_alone(encoder, texts, 6, each_alone(encoder, texts))


@pytest.mark.parametrize("threads", [1, 2, 32])
def test_a_text_has_one_vector_however_many_threads_there_are(
    tiny: Path, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, texts = OnnxEncoder(str(tiny)), mixed(80)
    expected = encoder.encode_document(texts)
    monkeypatch.setattr(onnx_encoder, "cores", lambda: threads)
    assert encoder.encode_document(texts).tobytes() == expected.tobytes()


def test_texts_go_together_by_length_the_longest_first() -> None:
    tokens = [[0] * length for length in [5, 3, 5, 512, 3, 5, 512, *[4] * 40]]
    batches = [*alike(tokens)]
    assert batches[:3] == [[3, 6], [0, 2, 5], [*range(7, 23)]]
    assert batches[-1] == [1, 4]
    assert sorted(place for batch in batches for place in batch) == [*range(len(tokens))]
    assert [*alike([[0] * 512] * 5)] == [[0, 1, 2, 3], [4]]
    assert [*alike([])] == []


def test_progress_is_told_up_to_the_whole(tiny: Path) -> None:
    told: list[tuple[int, int]] = []
    OnnxEncoder(str(tiny)).encode_document(mixed(60), lambda *at: told.append(at))
    assert told == sorted(told)
    assert told[-1] == (60, 60)
    assert len(told) > 5


def test_stopped_half_way_it_computes_nothing_more(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, ran = OnnxEncoder(str(tiny)), list[int]()
    monkeypatch.setattr(onnx_encoder, "cores", lambda: 1)
    run = encoder._run

    def counted(tokens: list[list[int]]) -> Any:
        ran.append(len(tokens))
        return run(tokens)

    monkeypatch.setattr(encoder, "_run", counted)

    def stop(*_at: int) -> None:
        raise KeyboardInterrupt

    texts = [" ".join(WORDS[:1] * length) for length in range(1, 400)]
    with pytest.raises(KeyboardInterrupt):
        encoder.encode_document(texts, stop)
    assert len(ran) < 300


def test_the_runtime_is_in_the_identity(tiny: Path) -> None:
    name = str(tiny)
    torch_id, onnx_id = encoder_id(name, "torch"), encoder_id(name, "onnx")
    assert onnx_id == torch_id.replace("tiny@", "tiny+onnx@")
    assert encoder_id(name) == open_encoder(name).id == open_encoder(name, "onnx").id == onnx_id
    assert open_encoder(name, "torch").id == torch_id
    assert encoder_id("owner/model") == "owner/model@hub"


@pytest.mark.parametrize("identity", ["mine@0123", "owner/model@hub", "a@b+onnx@1", "hash"])
def test_the_model_of_an_identity_is_that_without_its_runtime(identity: str) -> None:
    assert without_runtime(identity) == identity.replace("+onnx", "")
    if "@" in identity and "+" not in identity:
        assert without_runtime(with_runtime(identity, "onnx")) == identity


def test_without_the_form_torch_computes(copy: Path) -> None:
    (copy / GRAPH).unlink()
    assert isinstance(open_encoder(str(copy)), SentenceTransformerEncoder)
    assert encoder_id(str(copy)) == open_encoder(str(copy)).id
    with pytest.raises(EncoderError, match=rf"no {GRAPH}\)\. Mend it with: python -m training\."):
        open_encoder(str(copy), "onnx")


@pytest.mark.parametrize("runtime", ["auto", "onnx"])
def test_a_missing_directory_is_told(runtime: Runtime) -> None:
    with pytest.raises(EncoderError, match="the encoder is not there: models/missing"):
        open_encoder("models/missing", runtime)


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make ONNX Runtime fail to load, as on a machine that it isn't made for."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)


def test_where_onnx_runtime_does_not_load_torch_computes_and_it_is_told(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected = encoder_id(str(tiny), "torch")
    broken(monkeypatch)
    encoder = open_encoder(str(tiny))
    assert isinstance(encoder, SentenceTransformerEncoder)
    assert encoder.id == encoder_id(str(tiny)) == expected
    assert "ONNX Runtime can't be loaded here" in caplog.text
    assert "torch is used instead, more slowly" in caplog.text


def test_where_onnx_runtime_does_not_load_torch_answers_from_what_it_built(
    tiny: Path,
    corpus_root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = Settings(home=tmp_path, index=tmp_path / "index", encoder=str(tiny))
    build_index(settings.index, read_corpus(corpus_root), open_encoder(str(tiny)))
    question = "trop d'appels répétés"
    expected = Assistant.open(settings).ask(question)
    broken(monkeypatch)
    slower = Assistant.open(settings)
    found = slower.ask(question)
    assert isinstance(slower.load_encoder(), SentenceTransformerEncoder)
    assert "torch is used instead, more slowly" in caplog.text
    assert [hit.practice for hit in found.hits] == [hit.practice for hit in expected.hits]
    assert found.confidence == pytest.approx(expected.confidence, abs=1e-4)
    assert found.band is expected.band
    assert [card.practice for card in found.cards] == [card.practice for card in expected.cards]
    assert [line.passage for line in found.advice] == [line.passage for line in expected.advice]
    # The next build takes up the encoder that is loaded, too.
    assert slower.reopen().load_encoder() is slower.load_encoder()


def test_where_neither_loads_it_is_told_with_the_mend(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    with pytest.raises(EncoderError, match=r"Mend it with: make setup, or RECUEIL_RUNTIME=torch"):
        open_encoder(str(tiny), "onnx")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EncoderError, match="ONNX Runtime can't be loaded here") as caught:
        open_encoder(str(tiny))
    assert caught.value.fr.startswith("ONNX Runtime ne se charge pas ici (")


def assert_refused(folder: Path, reason: str = "") -> None:
    with pytest.raises(EncoderError) as caught:
        OnnxEncoder(str(folder))
    for text, place in ((caught.value.fr, "l'encodeur "), (caught.value.en, "the encoder ")):
        assert text.startswith(f"{place}{folder} ")
        assert "git checkout -- models/recueil-e5" in text
        assert "\n" not in text
        assert reason in text


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff\xfe\x00"])
@pytest.mark.parametrize("name", ["tokenizer.json", "config_sentence_transformers.json", GRAPH])
def test_a_damaged_file_never_shows_another_exception(
    copy: Path, name: str, content: bytes | None
) -> None:
    (copy / name).unlink()
    if content is not None:
        (copy / name).write_bytes(content)
    if name == GRAPH and content is None:
        with pytest.raises(EncoderError, match=r"no model\.onnx"):
            OnnxEncoder(str(copy))
    else:
        assert_refused(copy)


@pytest.mark.parametrize("place", [0, -1])
def test_a_missing_file_of_weights_is_told(copy: Path, place: int) -> None:
    sorted(copy.glob("*.safetensors"))[place].unlink()
    assert_refused(copy)


@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, -1])
def test_weights_cut_short_are_told(copy: Path, place: int, kept: float) -> None:
    shard = sorted(copy.glob("*.safetensors"))[place]
    content = shard.read_bytes()
    shard.write_bytes(content[: int(kept * len(content)) if kept == 0.5 else int(kept)])
    assert_refused(copy)


def test_weights_cut_short_are_told_plainly_with_what_helps(copy: Path) -> None:
    shard = max(copy.glob("*.safetensors"))
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(EncoderError) as caught:
        OnnxEncoder(str(copy))
    assert caught.value.fr == (
        f"l'encodeur {copy} ne se charge pas : {shard.name} (coupé ou abîmé). Remède : {GIT_FR}"
    )
    assert caught.value.en == (
        f"the encoder {copy} can't be loaded: {shard.name} (cut short or damaged). "
        f"Mend it with: {GIT_EN}"
    )


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("spoil", [flip, Path.unlink, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("name", [GRAPH, "tokenizer.json", "config.json", "weights"])
@pytest.mark.parametrize("runtime", ["auto", "torch"])
def test_a_file_that_is_not_as_listed_is_named_with_what_helps(
    listed: Path, name: str, spoil: Callable[[Path], object], runtime: Runtime
) -> None:
    path = max(listed.glob("*.safetensors")) if name == "weights" else listed / name
    spoil(path)
    for use in (encoder_id, open_encoder):
        with pytest.raises(EncoderError) as caught:
            use(str(listed), runtime)
        assert caught.value.fr == (
            f"l'encodeur {listed} a un fichier abîmé ou absent : {path.name}. Remède : {GIT_FR}"
        )
        assert caught.value.en == (
            f"the encoder {listed} has a damaged or missing file: {path.name}. "
            f"Mend it with: {GIT_EN}"
        )


def test_a_list_that_is_none_is_named_itself(listed: Path) -> None:
    (listed / SUMS).write_text("<<<<<<< HEAD\n", "utf-8")
    with pytest.raises(EncoderError, match=f"damaged or missing file: {SUMS}\\."):
        encoder_id(str(listed))
    (listed / SUMS).write_bytes(b"\xff\xfe")
    with pytest.raises(EncoderError, match="can't be read"):
        encoder_id(str(listed))


def test_the_list_of_hashes_changes_no_identity(copy: Path, listed: Path) -> None:
    assert encoder_id(str(copy)) == encoder_id(str(listed)) == open_encoder(str(listed)).id
    names = [line[66:] for line in (listed / SUMS).read_text("utf-8").splitlines()]
    assert names == sorted(names)
    assert {GRAPH, "config.json", "tokenizer.json"} < {*names}
    assert not {SUMS, "README.md"} & {*names}


def test_where_the_files_are_as_listed_the_runtime_is_to_mend(
    listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("opset 20 is too new. " * 30)

    monkeypatch.setattr(onnxruntime, "InferenceSession", refuse)
    with pytest.raises(EncoderError) as caught:
        OnnxEncoder(str(listed))
    assert caught.value.fr.endswith("). Remède : make setup, ou RECUEIL_RUNTIME=torch")
    assert caught.value.en.endswith("). Mend it with: make setup, or RECUEIL_RUNTIME=torch")
    assert "can't be loaded (… " in caught.value.en


def test_the_export_takes_changed_files_as_they_are(listed: Path) -> None:
    flip(max(listed.glob("*.safetensors")))
    export_onnx.export(listed)
    assert open_encoder(str(listed)).id == encoder_id(str(listed))


def test_weights_that_stand_elsewhere_than_the_graph_says_are_told(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read at those offsets they would be other numbers, and nothing would fail."""
    graph = (copy / GRAPH).read_bytes()
    model = SentenceTransformerEncoder(str(copy))._model
    monkeypatch.setattr(train_encoder, "SHARD", "9KB")
    train_encoder.save(model, copy)
    (copy / GRAPH).write_bytes(graph)
    assert_refused(copy)


def test_a_header_of_another_order_is_told(copy: Path) -> None:
    shard = min(copy.glob("*.safetensors"))
    content = shard.read_bytes()
    shard.write_bytes(content.replace(b'"dtype":"F16"', b'"dtype":"I16"', 1))
    assert_refused(copy, "was made from other weights: python -m training.export_onnx")


def changed(folder: Path, **metadata: str) -> Any:
    model = onnx.load(str(folder / GRAPH), load_external_data=False)
    kept = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(model, kept | metadata)
    return model


def test_an_operator_set_of_the_future_is_told(copy: Path) -> None:
    model = changed(copy)
    model.opset_import[0].version = 99
    (copy / GRAPH).write_bytes(model.SerializeToString())
    assert_refused(copy, "support for domain ai.onnx is till opset")


def test_another_format_is_told(copy: Path) -> None:
    (copy / GRAPH).write_bytes(changed(copy, format="2").SerializeToString())
    assert_refused(copy, "model.onnx is of format 2, not 1")


def test_a_tokenizer_with_more_pieces_than_weights_is_told(copy: Path) -> None:
    state = json.loads((copy / "tokenizer.json").read_text("utf-8"))
    state["model"]["vocab"] += [[f"▁more{number}", -9.0] for number in range(6)]
    (copy / "tokenizer.json").write_text(json.dumps(state), "utf-8")
    assert_refused(copy, "the tokenizer has")


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("config.json", "hidden_act", "relu"),
        ("config.json", "model_type", "roberta"),
        ("1_Pooling/config.json", "pooling_mode", "cls"),
    ],
)
def test_a_model_of_another_kind_gets_no_form(copy: Path, name: str, key: str, value: str) -> None:
    content = json.loads((copy / name).read_text("utf-8"))
    (copy / name).write_text(json.dumps(content | {key: value}), "utf-8")
    with pytest.raises(ValueError, match=value):
        export_onnx.build(copy, 512)


def test_a_graph_that_computes_something_else_is_taken_away(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, listed = (copy / GRAPH).read_bytes(), b"as it was"
    (copy / SUMS).write_bytes(listed)
    build = export_onnx.build

    def wrong(folder: Path, tokens: int) -> Any:
        model = build(folder, tokens)
        for node in model.graph.node:
            if node.op_type == "Gelu":
                node.op_type = "Relu"
        return model

    monkeypatch.setattr(export_onnx, "build", wrong)
    with pytest.raises(ValueError, match="the graph computes something else: cosine"):
        export_onnx.export(copy)
    assert (copy / GRAPH).read_bytes() == before
    assert (copy / SUMS).read_bytes() == listed


def test_the_form_is_the_same_each_time(copy: Path) -> None:
    before = (copy / GRAPH).read_bytes()
    export_onnx.export(copy)
    assert (copy / GRAPH).read_bytes() == before


def test_nothing_heavy_is_imported(tiny: Path) -> None:
    code = (
        "import sys\n"
        "from recueil_qa.encoding.runtimes import encoder_id, open_encoder\n"
        f"encoder = open_encoder({str(tiny)!r})\n"
        "assert encoder.encode_query(['guichet']).shape == (1, 16)\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnx', 'scipy', 'sklearn'}\n"
        "print('loaded', *sorted(heavy & sys.modules.keys()))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert ran.stdout == "loaded\n"
    assert ran.stderr == ""


@pytest.fixture(scope="module")
def both() -> tuple[OnnxEncoder, SentenceTransformerEncoder]:
    return OnnxEncoder(str(MODEL)), SentenceTransformerEncoder(str(MODEL))


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """Thirty real texts in both languages: short, long, and far beyond what the model reads."""
    path = ROOT / "corpus" / "recueil-2014" / "statements.jsonl"
    rows = [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]
    chosen = random.Random(2).sample(rows, 25)  # noqa: S311
    joined = [" ".join(rows[:count]) for count in (3, 20, 60)]
    return ["", "a", *chosen, *joined]


Both = tuple[OnnxEncoder, SentenceTransformerEncoder]


@pytest.fixture(scope="module")
def documents(both: Both, lines: list[str]) -> tuple[Vectors, Vectors]:
    """The vectors that both give each of the lines alone, as documents."""
    ours, theirs = both
    return each_alone(ours, lines), each_alone(theirs, lines)


@pytest.mark.model
def test_the_real_tokens_are_those_of_the_reference(both: Both, lines: list[str]) -> None:
    ours, theirs = both
    odd = [" \t guichet \n", "e\u0301te\u0301", "\u200bœuvre…", "日本 🙂", "x" * 3000, "<s> a </s>"]
    for text in [*lines, *odd]:
        expected = theirs._model.preprocess([f"passage: {text}"])["input_ids"][0].tolist()
        assert ours._tokenizer.encode(f"passage: {text}").ids == expected
        assert len(expected) <= 512


@pytest.mark.model
def test_the_real_vectors_are_those_of_the_reference(
    both: Both, lines: list[str], documents: tuple[Vectors, Vectors]
) -> None:
    queries = both[0].encode_query(lines), both[1].encode_query(lines)
    for ours, theirs in (queries, documents):
        assert (ours * theirs).sum(axis=1).min() > 0.99999


@pytest.mark.model
@pytest.mark.parametrize("which", [0, 1])
def test_a_text_has_one_real_vector_whatever_stands_beside_it(
    both: Both, lines: list[str], documents: tuple[Vectors, Vectors], which: int
) -> None:
    assert_alone(both[which], lines, 4, documents[which])


@pytest.mark.model
def test_texts_of_one_length_have_the_same_bits_together_and_alone(both: Both) -> None:
    """What encoding together rests on; were it not so here, each text must go alone."""
    session, rng = both[0]._session, np.random.default_rng(7)
    for length in (3, 5, 6, 7, 11, 12, 13, 16, 17, 24, 31, 33, 48, 64, 65, 100, 127, 129):
        tokens = rng.integers(5, 59_000, (8, length))
        alone = [session.run(None, {"input_ids": row[None]})[0][0] for row in tokens]
        for size in (2, 3, 8):
            together = session.run(None, {"input_ids": tokens[:size]})[0]
            assert together.tobytes() == np.array(alone[:size]).tobytes()


def test_the_shipped_list_is_of_the_shipped_files() -> None:
    """Changed on purpose, they need it anew: python -m training.export_onnx."""
    rows = [f"{digest.hex()}  {name}\n" for name, digest in file_hashes(MODEL).items()]
    assert (MODEL / SUMS).read_text("utf-8") == "".join(rows)


@pytest.mark.model
def test_the_real_form_is_what_the_command_writes() -> None:
    written = export_onnx.build(MODEL, 512).SerializeToString(deterministic=True)
    assert (MODEL / GRAPH).read_bytes() == written
