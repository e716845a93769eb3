"""Write the ONNX form of an encoder, `model.onnx`, beside its weights.

    python -m training.export_onnx                  # models/recueil-e5; a second
    python -m training.export_onnx models/another

The graph is written here, node by node, rather than traced: texts are never padded, so it needs no
mask, and only operators of the standard. It holds no weights. Those of the `.safetensors` files are
named by file, offset and length, stay in half precision on the disk, and become float32 when the
graph is loaded; word embeddings only as they are looked up. What it computes is compared with
sentence-transformers; a graph that differs is taken away again. Then `SHA256SUMS` is written, the
hashes of the encoder's files, by which a damaged one is told.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from recueil_qa.encoding.identity import SUMS, write_sums
from recueil_qa.encoding.onnx_encoder import FORMAT, GRAPH, OnnxEncoder, layout
from recueil_qa.encoding.safetensors import read_header
from recueil_qa.encoding.torch_encoder import SentenceTransformerEncoder
from recueil_qa.errors import RecueilError

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "models" / "recueil-e5"
OPSET, IR_VERSION = 20, 10
TYPES = {"F16": TensorProto.FLOAT16, "F32": TensorProto.FLOAT}
MODULES = ["Transformer", "Pooling", "Normalize"]
EXPECTED = {"model_type": "bert", "hidden_act": "gelu", "is_decoder": False}
LEAST_COSINE = 0.9999
TEXTS = [
    "",
    "accueil",
    "Comment réduire les appels répétés au guichet ?",
    "How can we make our letters to the public easier to understand, from the first line on?",
    "Limiter le nombre d'indicateurs pour faciliter l'analyse, puis les revoir. " * 60,
]


class Graph:
    """Nodes and weights as they are added; every method returns a name to go on with."""

    def __init__(self, folder: Path) -> None:
        self.nodes: list[Any] = []
        self.weights: dict[str, Any] = {}
        self._places: dict[str, tuple[Any, Path, int]] = {}
        for path in sorted(folder.glob("*.safetensors")):
            header = read_header(path)
            start = len(header.raw)
            self._places |= {name: (found, path, start) for name, found in header.tensors.items()}

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node."""
        node = helper.make_node(operator, inputs, [output], name=output, **attributes)
        self.nodes.append(node)
        return output

    def constant(self, name: str, value: Any) -> str:
        """Add a small constant."""
        self.weights[name] = numpy_helper.from_array(np.array(value), name)
        return name

    def stored(self, name: str) -> str:
        """Add a tensor of the weight files, as it is there.

        Raises:
            ValueError: it isn't there, or not as float16 or float32.
        """
        if name not in self._places:
            raise ValueError(f"the weights lack {name}")
        found, path, start = self._places[name]
        if found["dtype"] not in TYPES:
            raise ValueError(f"{name} is {found['dtype']}, not one of {', '.join(TYPES)}")
        first, end = found["data_offsets"]
        tensor = TensorProto(
            name=name,
            dims=found["shape"],
            data_type=TYPES[found["dtype"]],
            data_location=TensorProto.EXTERNAL,
        )
        place = {"location": path.name, "offset": start + first, "length": end - first}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        self.weights[name] = tensor
        return name

    def shape(self, name: str) -> list[int]:
        """Return the shape of a stored tensor."""
        return list(self._places[name][0]["shape"])

    def float32(self, name: str) -> str:
        """Cast anything to float32."""
        return self.add("Cast", [name], f"{name}.float32", to=TensorProto.FLOAT)

    def linear(self, value: str, name: str) -> str:
        """Add a dense layer: weights (outputs, inputs) and bias (outputs)."""
        layer = [self.float32(self.stored(f"{name}.{part}")) for part in ("weight", "bias")]
        return self.add("Gemm", [value, *layer], name, transB=1)

    def normalised(self, value: str, name: str, epsilon: float) -> str:
        """Add a layer normalisation."""
        layer = [self.float32(self.stored(f"{name}.{part}")) for part in ("weight", "bias")]
        inputs = [value, *layer]
        return self.add("LayerNormalization", inputs, name, axis=-1, epsilon=epsilon)


def build(folder: Path, tokens: int) -> Any:
    """Return the graph: `input_ids` (texts, length), int64, to `vectors` (texts, dimension).

    Raises:
        ValueError: the model is of another kind than BERT with mean pooling.
    """
    config = _checked(folder)
    graph = Graph(folder)
    width, heads = config["hidden_size"], config["num_attention_heads"]
    epsilon = config["layer_norm_eps"]
    for name, number in (("zero", 0), ("one", 1), ("two", 2)):
        graph.constant(name, np.array([number], np.int64))
    # One row a token from here to the pooling: dense layers are then plain products.
    graph.constant("rows", np.array([-1, width], np.int64))
    graph.constant("per head", np.array([heads, width // heads], np.int64))
    graph.constant("scale", np.float32((width // heads) ** -0.5))
    value = _embeddings(graph, epsilon)
    graph.add("Shape", [value], "shape")
    graph.add("Slice", ["shape", "zero", "two", "zero"], "texts and length")
    graph.add("Concat", ["texts and length", "per head"], "shape of heads", axis=0)
    value = graph.add("Reshape", [value, "rows"], "embedded rows")
    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        value = graph.add("Add", [_attention(graph, value, layer), value], f"{layer}.attended")
        value = graph.normalised(value, f"{layer}.attention.output.LayerNorm", epsilon)
        inner = graph.linear(value, f"{layer}.intermediate.dense")
        inner = graph.linear(graph.add("Gelu", [inner], f"{inner}.gelu"), f"{layer}.output.dense")
        value = graph.add("Add", [inner, value], f"{layer}.added")
        value = graph.normalised(value, f"{layer}.output.LayerNorm", epsilon)
    _pooling(graph, graph.add("Reshape", [value, "shape"], "tokens"))
    asked = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "length"])
    given = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", width])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "encoder", [asked], [given], [*graph.weights.values()]),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="recueil-qa",
    )
    declared = {
        "format": FORMAT,
        "tokens": str(tokens),
        "rows": str(graph.shape("embeddings.word_embeddings.weight")[0]),
        "layout": json.dumps(layout(folder), sort_keys=True),
    }
    helper.set_model_props(model, declared)
    return model


def _checked(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / "config.json").read_bytes())
    for name, expected in EXPECTED.items():
        if config.get(name) != expected:
            raise ValueError(f"config.json: {name} is {config.get(name)!r}, not {expected!r}")
    modules = json.loads((folder / "modules.json").read_bytes())
    kinds = [module["type"].rpartition(".")[2] for module in modules]
    pooling = json.loads((folder / modules[1]["path"] / "config.json").read_bytes())
    mean = pooling.get("pooling_mode") == "mean" and pooling.get("include_prompt", True)
    if kinds != MODULES or not mean:
        raise ValueError(f"modules are {kinds}, pooling {pooling}: not BERT, mean and norm")
    return config


def _embeddings(graph: Graph, epsilon: float) -> str:
    word, place, kind = (
        graph.stored(f"embeddings.{name}_embeddings.weight")
        for name in ("word", "position", "token_type")
    )
    # Looked up in half precision, so that the large matrix is never held in float32.
    words = graph.float32(graph.add("Gather", [word, "input_ids"], "words"))
    graph.add("Shape", ["input_ids"], "length", start=1, end=2)
    graph.add("Slice", [kind, "zero", "one", "zero"], "kind")
    graph.add("Slice", [place, "zero", "length", "zero"], "places")
    value = graph.add("Add", [words, graph.float32("kind")], "words and kind")
    value = graph.add("Add", [value, graph.float32("places")], "embedded")
    return graph.normalised(value, "embeddings.LayerNorm", epsilon)


def _attention(graph: Graph, value: str, layer: str) -> str:
    def split(name: str, order: list[int], *, scaled: bool = False) -> str:
        part = graph.linear(value, f"{layer}.attention.self.{name}")
        if scaled:
            part = graph.add("Mul", [part, "scale"], f"{part}.scaled")
        part = graph.add("Reshape", [part, "shape of heads"], f"{part}.heads")
        return graph.add("Transpose", [part], f"{part}.turned", perm=order)

    query = split("query", [0, 2, 1, 3], scaled=True)
    key = split("key", [0, 2, 3, 1])
    scores = graph.add("MatMul", [query, key], f"{layer}.scores")
    shares = graph.add("Softmax", [scores], f"{layer}.shares", axis=-1)
    found = graph.add("MatMul", [shares, split("value", [0, 2, 1, 3])], f"{layer}.found")
    found = graph.add("Transpose", [found], f"{layer}.found.turned", perm=[0, 2, 1, 3])
    found = graph.add("Reshape", [found, "rows"], f"{layer}.found.rows")
    return graph.linear(found, f"{layer}.attention.output.dense")


def _pooling(graph: Graph, tokens: str) -> None:
    # The mean as a product: ReduceMean sums one text in another order than several, which
    # changes the last bit.
    share = graph.add("Reciprocal", [graph.float32("length")], "share")
    graph.add("Concat", ["one", "one", "length"], "one row", axis=0)
    graph.add("Expand", [share, "one row"], "shares")
    mean = graph.add("Squeeze", [graph.add("MatMul", ["shares", tokens], "means"), "one"], "mean")
    norm = graph.add("ReduceL2", [mean, "one"], "norm", keepdims=1)
    norm = graph.add("Max", [norm, graph.constant("least", np.float32(1e-12))], "norm or least")
    graph.add("Div", [mean, norm], "vectors")


def export(folder: Path) -> float:
    """Write `model.onnx` and the list of hashes; return the least cosine with the reference.

    Raises:
        EncoderError: the model can't be loaded.
        ValueError: it is of another kind, or the graph computes something else.
    """
    target, sums = folder / GRAPH, folder / SUMS
    former = {path: path.read_bytes() for path in (target, sums) if path.is_file()}
    try:
        # They are of the files that stood here before.
        sums.unlink(missing_ok=True)
        reference = SentenceTransformerEncoder(str(folder))
        model = build(folder, int(reference.tokens))
        target.write_bytes(model.SerializeToString(deterministic=True))
        encoder = OnnxEncoder(str(folder))
        cosines = [
            (ours(TEXTS) * theirs(TEXTS)).sum(axis=1).min()
            for ours, theirs in (
                (encoder.encode_query, reference.encode_query),
                (encoder.encode_document, reference.encode_document),
            )
        ]
        if min(cosines) < LEAST_COSINE:
            raise ValueError(f"the graph computes something else: cosine {min(cosines):.6f}")
        write_sums(folder)
    except BaseException:
        for path in (target, sums):
            path.unlink(missing_ok=True)
            if path in former:
                path.write_bytes(former[path])
        raise
    return float(min(cosines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=TARGET, help="the model")
    folder = parser.parse_args().folder
    try:
        cosine = export(folder)
    except (RecueilError, ValueError, OSError, KeyError) as error:
        sys.exit(f"export_onnx: {folder}: {error}")
    print(f"{folder / GRAPH}: written; least cosine with the reference {cosine:.6f}")


if __name__ == "__main__":
    main()
