"""A small encoder like the project's own, made in a folder: XLM-R pieces, BERT of one layer."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

from training.convert_e5 import PROMPTS, SPECIALS, PackedModel, build_tokenizer

HIDDEN = 16
PADDING = 5  # rows of weights without a piece, as the real matrix has
FRENCH = [
    *["▁les", "▁usagers", "▁guichet", "▁l", "'", "accueil", "▁téléphone", "nt", "▁appel", "s"],
    *["▁répétés", "▁courrier", "▁clair", "▁comment", "▁réduire", "▁queries", "▁pour", "▁motif"],
]
ENGLISH = [
    "▁the",
    "▁desk",
    "▁call",
    "▁letter",
    "ing",
    "▁people",
    "▁wait",
    "ed",
    "▁query",
    "▁passage",
]
FOREIGN = ["▁привет", "мир", "▁gracias", "▁señor", "ção", "▁Straße", "日本", "▁東京都"]
MARKS = ["...", "▁(", "»", "2014", "▁10"]
SHORT = ["qu", "ENT", "▁RSA", "▁Éc", "ŁÓD"]  # the last is of no letters of the two alphabets
CHARACTERS = [*string.ascii_letters, *string.digits, *" .,;:!?-()«»’", *"àâçéèêëîïôùûüœÉÀñжи日京ł"]
TEXTS = [
    "les usagers téléphonent pour un motif, les appels répétés au guichet",
    "comment réduire l'accueil : courrier clair",
    "the people waited at the desk, calling for the letter",
]


def pieces() -> list[tuple[str, float]]:
    """Return the pieces of a small XLM-R: specials, then more and less likely ones, then a mask."""
    long = [*FRENCH, *FOREIGN, *ENGLISH, *MARKS, *SHORT]
    single = ["▁", *[c for c in dict.fromkeys(CHARACTERS) if c not in {" ", *long}]]
    scored = [(piece, -2.0 - 0.01 * place) for place, piece in enumerate(long)]
    scored += [(piece, -8.0 - 0.01 * place) for place, piece in enumerate(single)]
    return [*[(special, 0.0) for special in SPECIALS[:4]], *scored, (SPECIALS[4], 0.0)]


def tiny_model() -> PackedModel:
    return PackedModel(
        hidden=HIDDEN,
        layers=1,
        heads=2,
        intermediate=HIDDEN,
        vocabulary=len(pieces()) + PADDING,
        positions=512,
        token_types=2,
        epsilon=1e-12,
        pieces=pieces(),
        normalisation={1: "", 9: " "},
        directory={},
        data=memoryview(b""),
    )


def tiny_tokenizer() -> Any:
    return build_tokenizer(tiny_model())


def write_tiny_encoder(target: Path, seed: int = 0) -> Path:
    """Write a sentence-transformers directory like the real one: unigram pieces, BERT, mean."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    bert = target.with_name(f"{target.name}-bert")
    tokenizer = tiny_tokenizer()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = BertModel(
            BertConfig(
                vocab_size=len(tokenizer) + PADDING,
                hidden_size=HIDDEN,
                num_hidden_layers=1,
                num_attention_heads=2,
                intermediate_size=HIDDEN,
                max_position_embeddings=512,
                # Large enough for texts to differ after one layer.
                initializer_range=0.5,
                pad_token_id=SPECIALS.index("<pad>"),
            )
        )
    model.save_pretrained(bert)
    tokenizer.save_pretrained(bert)
    SentenceTransformer(
        modules=[
            Transformer(str(bert), max_seq_length=512),
            Pooling(HIDDEN, pooling_mode="mean"),
            Normalize(),
        ],
        prompts=PROMPTS,
        device="cpu",
    ).save(str(target), create_model_card=False)
    return target


def load(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
