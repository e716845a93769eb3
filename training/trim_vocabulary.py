"""Trim an XLM-R vocabulary to the pieces that French and English texts use.

A unigram tokenizer cuts each word alone, so the pieces that a language needs are those of its
words. They are taken from the 100,000 most frequent words of each language (`wordfreq`), in small
letters and capitals, alone, glued to another word and after the French elisions; and from the texts
given. Every piece of one character, every piece without a letter and every piece of up to three
letters of the two alphabets stays, so that nothing becomes unknown that was known, and acronyms
are cut as before. A text whose pieces all stay gets the same vector as before.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SPECIALS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
WORDS = 100_000
ELISIONS = ("l'", "d'", "qu'", "l’", "d’", "qu’")
SPACE = "▁"
SHORT = re.compile("[A-Za-zÀÂÆÇÈÉÊËÎÏÔŒÙÛÜŸàâæçèéêëîïôœùûüÿ]{1,3}")


def frequent_words() -> Iterator[str]:
    """Yield the frequent words of French and English in the forms that texts give them."""
    from wordfreq import top_n_list

    for language in ("fr", "en"):
        for word in top_n_list(language, WORDS, wordlist="large"):
            cased = (word, word.capitalize(), word.upper())
            yield from cased
            yield from (f"-{form}" for form in cased)  # glued to a mark or to another word
            if language == "fr":
                yield from (elision + word for elision in ELISIONS)


def kept_pieces(tokenizer: Any, texts: Iterable[str]) -> list[int]:
    """Return the ids to keep, in their order: specials, characters, and what the texts use."""
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    kept = {vocabulary[special] for special in SPECIALS}
    for piece, number in vocabulary.items():
        bare = piece.replace(SPACE, "")
        marks = not any(character.isalpha() for character in bare)
        if len(bare) <= 1 or marks or SHORT.fullmatch(bare):
            kept.add(number)
    texts = list(texts)
    for start in range(0, len(texts), 10_000):
        batch = texts[start : start + 10_000]
        for encoding in tokenizer.encode_batch(batch, add_special_tokens=False):
            kept.update(encoding.ids)
    return sorted(kept)


def trim(source: Path, target: Path, texts: Iterable[str]) -> int:
    """Write the encoder of `source` to `target` with the pieces of `texts`; return their count.

    `target` appears only when it is complete.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    whole = SentenceTransformer(str(source), device="cpu", local_files_only=True)
    bert: Any = whole[0]
    kept = kept_pieces(bert.tokenizer.backend_tokenizer, texts)
    new_ids = {number: position for position, number in enumerate(kept)}
    embeddings = torch.nn.Embedding(len(kept), whole.get_embedding_dimension() or 0)
    embeddings.weight.data.copy_(bert.model.get_input_embeddings().weight.data[kept])
    bert.model.set_input_embeddings(embeddings)
    bert.model.config.vocab_size = len(kept)
    bert.model.config.pad_token_id = new_ids[bert.model.config.pad_token_id]
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".trim-") as scratch:
        bare, complete = Path(scratch, "bert"), Path(scratch, "whole")
        bert.model.save_pretrained(bare)
        trimmed_tokenizer(bert.tokenizer, new_ids, Path(scratch)).save_pretrained(bare)
        length = bert.tokenizer.model_max_length
        SentenceTransformer(
            modules=[
                Transformer(str(bare), max_seq_length=length),
                Pooling(embeddings.embedding_dim, pooling_mode="mean"),
                Normalize(),
            ],
            prompts={name: prompt or "" for name, prompt in whole.prompts.items()},
            device="cpu",
        ).save(str(complete), create_model_card=False)
        shutil.rmtree(target, ignore_errors=True)
        complete.rename(target)
    return len(kept)


def trimmed_tokenizer(whole: Any, new_ids: dict[int, int], scratch: Path) -> Any:
    """Return the tokenizer with only the pieces of `new_ids` (old id to new id)."""
    from transformers import PreTrainedTokenizerFast

    state = json.loads(whole.backend_tokenizer.to_str())
    model = state["model"]
    model["vocab"] = [model["vocab"][number] for number in new_ids]
    model["unk_id"] = new_ids[model["unk_id"]]
    for token in state["added_tokens"]:
        token["id"] = new_ids[token["id"]]
    for token in state["post_processor"]["special_tokens"].values():
        token["ids"] = [new_ids[number] for number in token["ids"]]
    path = scratch / "tokenizer.json"
    path.write_text(json.dumps(state), "utf-8")
    return PreTrainedTokenizerFast(
        tokenizer_file=str(path),
        model_max_length=whole.model_max_length,
        **whole.special_tokens_map,
    )
