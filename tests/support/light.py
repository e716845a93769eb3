"""A small encoder in its ONNX form, written without torch, which takes seconds to be imported.

Like the project's own to ONNX Runtime, which is what serves: XLM-R pieces, BERT of one layer.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from recueil_qa.encoding.onnx_encoder import GRAPH
from tests.support.tiny import HIDDEN, tiny_model
from training.convert_e5 import MAX_TOKENS, PROMPTS, SPECIALS, build_pieces
from training.export_onnx import EXPECTED, MODULES, build

LAYER = "encoder.layer.0"
DENSE = (
    *(f"attention.self.{part}" for part in ("query", "key", "value")),
    *("attention.output.dense", "intermediate.dense", "output.dense"),
)
NORMS = ("embeddings", f"{LAYER}.attention.output", f"{LAYER}.output")


def write_light_encoder(target: Path, seed: int = 0) -> Path:
    """Write weights drawn by chance, the pieces, and the graph over them."""
    model, chance = tiny_model(), np.random.default_rng(seed)

    # Large enough for texts to differ after one layer.
    def drawn(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return chance.normal(0, 0.5, shape).astype(np.float32)

    rows = {
        "word": model.vocabulary,
        "position": model.positions,
        "token_type": model.token_types,
    }
    weights = {f"embeddings.{name}_embeddings.weight": drawn(n, HIDDEN) for name, n in rows.items()}
    for name in DENSE:
        weights[f"{LAYER}.{name}.weight"] = drawn(HIDDEN, HIDDEN)
        weights[f"{LAYER}.{name}.bias"] = np.zeros(HIDDEN, np.float32)
    for name in NORMS:
        weights[f"{name}.LayerNorm.weight"] = np.ones(HIDDEN, np.float32)
        weights[f"{name}.LayerNorm.bias"] = np.zeros(HIDDEN, np.float32)
    (target / "1_Pooling").mkdir(parents=True)
    save_file(weights, target / "model.safetensors")
    pieces = build_pieces(model)
    pieces.add_special_tokens([*SPECIALS])
    pieces.save(str(target / "tokenizer.json"))
    for name, content in {
        "config.json": EXPECTED
        | {
            "hidden_size": HIDDEN,
            "num_attention_heads": model.heads,
            "num_hidden_layers": model.layers,
            "layer_norm_eps": model.epsilon,
        },
        "modules.json": [
            {"type": name, "path": "1_Pooling" if name == "Pooling" else ""} for name in MODULES
        ],
        "1_Pooling/config.json": {"pooling_mode": "mean"},
        "config_sentence_transformers.json": {"prompts": PROMPTS},
    }.items():
        (target / name).write_text(json.dumps(content), "utf-8")
    graph = build(target, MAX_TOKENS)
    (target / GRAPH).write_bytes(graph.SerializeToString(deterministic=True))
    return target
