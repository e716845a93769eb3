"""Make `models/recueil-e5`, the project's own encoder; killed half-way, it resumes.

    python -m training.train_encoder                        # about 40 minutes on two cores
    python -m training.train_encoder --hold-out p06,p11 …   # to show what it does for the unseen

Contrastive training of multilingual-e5-small (its vocabulary trimmed to French and English) on
`training.examples`: in-batch negatives and InfoNCE (van den Oord et al., 2018), with practices
that help an anchor masked among its negatives. Forward passes in bfloat16, weights and steps in
float32, word embeddings frozen, weights saved in float16.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recueil_qa.corpus import read_corpus
from recueil_qa.errors import CorpusError
from recueil_qa.passages import corpus_passages
from training import convert_e5, export_onnx
from training.examples import Batch, Examples
from training.trim_vocabulary import frequent_words, trim

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "corpus"
WORK = ROOT / "training" / ".work"
TARGET = ROOT / "models" / "recueil-e5"
SAVE_EVERY = 50  # steps between checkpoints
SHARD = "48MB"
PART = 16  # texts that go through the model together


@dataclass(frozen=True)
class Recipe:
    """The numbers of one training; `hold_out` lists practices that it never sees."""

    epochs: int = 4
    batch: int = 32
    learning_rate: float = 3e-5
    warm_up: float = 0.1
    weight_decay: float = 0.01
    temperature: float = 0.05
    tokens: int = 96
    seed: int = 14
    hold_out: tuple[str, ...] = ()


def base_encoder(work: Path) -> Path:
    """Return the directory of the trimmed base, made the first time."""
    whole, trimmed = work / "multilingual-e5-small", work / "multilingual-e5-small-fr-en"
    if not (whole / "modules.json").is_file():
        print("==> converting multilingual-e5-small", flush=True)
        convert_e5.convert(convert_e5.packed_file(), whole)
    if not (trimmed / "modules.json").is_file():
        print("==> trimming its vocabulary", flush=True)
        texts = [path.read_text("utf-8") for path in CORPUS.glob("*/*.txt")]
        texts += frequent_words()
        print(f"    {trim(whole, trimmed, texts)} pieces", flush=True)
    return trimmed


def plan(examples: Examples, recipe: Recipe) -> Iterator[Batch]:
    """Yield every batch of every epoch; the same ones for the same recipe."""
    rng = random.Random(recipe.seed)  # noqa: S311 - a draw to repeat, not a secret
    for _ in range(recipe.epochs):
        yield from examples.epoch(recipe.batch, rng)


def loss_of(model: Any, batch: Batch, recipe: Recipe) -> Any:
    """Return the InfoNCE loss of one batch: anchors (n) against columns (n and more)."""
    import torch

    with torch.autocast("cpu", dtype=torch.bfloat16):
        asked = embed(model, batch.asked, "query", recipe.tokens)
        answers = embed(model, [c.text for c in batch.columns], "document", recipe.tokens)
    scores = asked.float() @ answers.float().T / recipe.temperature
    scores = scores.masked_fill(~torch.tensor(batch.mask()), float("-inf"))
    return torch.nn.functional.cross_entropy(scores, torch.arange(len(batch.asked)))


def embed(model: Any, texts: list[str], prompt: str, tokens: int) -> Any:
    """Return unit vectors (texts, dimension) that gradients go through.

    In parts of alike lengths: half of the time would go into padding otherwise.
    """
    import torch

    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    parts = []
    for start in range(0, len(order), PART):
        prefixed = [model.prompts[prompt] + texts[place] for place in order[start : start + PART]]
        inputs = model[0].tokenizer(
            prefixed, padding=True, truncation=True, max_length=tokens, return_tensors="pt"
        )
        parts.append(model(dict(inputs))["sentence_embedding"])
    return torch.cat(parts)[torch.tensor(order).argsort()]


def train(model: Any, batches: list[Batch], recipe: Recipe, checkpoint: Path, key: str) -> None:
    """Train in place, from the checkpoint if it is of the same recipe and data (`key`)."""
    import torch
    from transformers import get_linear_schedule_with_warmup

    torch.manual_seed(recipe.seed)
    model[0].model.get_input_embeddings().weight.requires_grad_(False)
    trained = [weights for weights in model.parameters() if weights.requires_grad]
    optimiser = torch.optim.AdamW(
        trained, lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    schedule = get_linear_schedule_with_warmup(  # type: ignore[no-untyped-call]
        optimiser, int(recipe.warm_up * len(batches)), len(batches)
    )
    first = 0
    if checkpoint.is_file():
        saved = torch.load(checkpoint, weights_only=True)
        if saved["key"] == key:
            first = saved["step"]
            model.load_state_dict(saved["model"])
            optimiser.load_state_dict(saved["optimiser"])
            schedule.load_state_dict(saved["schedule"])
            torch.set_rng_state(saved["random"])
            print(f"==> resuming at step {first} of {len(batches)}", flush=True)
    model.train()
    started, shown = time.monotonic(), 0.0
    for step in range(first, len(batches)):
        loss = loss_of(model, batches[step], recipe)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        shown = 0.95 * (shown or loss.item()) + 0.05 * loss.item()
        done = step + 1 - first
        if (step + 1) % 10 == 0:
            left = (time.monotonic() - started) / done * (len(batches) - step - 1) / 60
            print(
                f"    step {step + 1}/{len(batches)}  loss {shown:.3f}  {left:.0f} min left",
                flush=True,
            )
        if (step + 1) % SAVE_EVERY == 0:
            state = {
                "key": key,
                "step": step + 1,
                "model": model.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "random": torch.get_rng_state(),
            }
            partial = checkpoint.with_suffix(".partial")
            torch.save(state, partial)
            partial.replace(checkpoint)
    model.eval()


def save(model: Any, target: Path) -> None:
    """Write the model in half precision, in files that stay small; whole or not at all."""
    import torch

    model.to(torch.float16)
    target.parent.mkdir(parents=True, exist_ok=True)
    card = (target / "README.md").read_bytes() if (target / "README.md").is_file() else None
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".train-") as scratch:
        whole = Path(scratch, "whole")
        model.save(str(whole), create_model_card=False)
        model[0].model.save_pretrained(whole, max_shard_size=SHARD)
        if (whole / "model.safetensors.index.json").is_file():
            (whole / "model.safetensors").unlink(missing_ok=True)
        for path in whole.rglob("*.safetensors"):
            path.chmod(0o644)  # safetensors keeps its files to their owner
        if card:
            (whole / "README.md").write_bytes(card)
        shutil.rmtree(target, ignore_errors=True)
        whole.rename(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=TARGET, help="directory to write")
    parser.add_argument("--hold-out", default="", help="practices never seen, as p06,p11")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    arguments = parser.parse_args()
    try:
        corpus = read_corpus(CORPUS)
        practices = {p.id: p for c in corpus.collections for p in c.practices}
        held_out = frozenset(named(practices, arguments.hold_out))
        statements = [row for c in corpus.collections for row in c.statements]
    except (CorpusError, ValueError, OSError) as error:
        sys.exit(f"train_encoder: {error}")
    recipe = Recipe(epochs=arguments.epochs, seed=arguments.seed, hold_out=tuple(sorted(held_out)))
    examples = Examples.gather(corpus_passages(corpus), statements, held_out)
    batches = list(plan(examples, recipe))
    print(f"==> {len(examples.anchors)} anchors, {len(batches)} batches; {recipe}", flush=True)
    base = base_encoder(WORK)
    key = hashlib.sha256(
        json.dumps(
            [asdict(recipe), [[b.asked, [c.text for c in b.columns], b.mask()] for b in batches]]
        ).encode()
    ).hexdigest()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model = SentenceTransformer(str(base), device="cpu", local_files_only=True)
    checkpoint = WORK / f"{arguments.target.name}.checkpoint"
    train(model, batches, recipe, checkpoint, key)
    save(model, arguments.target)
    export_onnx.export(arguments.target)
    checkpoint.unlink(missing_ok=True)
    print(f"==> {arguments.target}: written")


def named(practices: dict[str, Any], wanted: str) -> list[str]:
    """Return the full ids of practices named by their ends (`p06`); `ValueError` if unknown."""
    found = []
    for name in filter(None, wanted.split(",")):
        matches = [known for known in practices if known == name or known.endswith(f"-{name}")]
        if len(matches) != 1:
            raise ValueError(f"--hold-out: {name!r} names {len(matches)} practices")
        found += matches
    return found


if __name__ == "__main__":
    main()
