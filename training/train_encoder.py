"""Make `models/recueil-e5`, the project's own encoder; killed half-way, it resumes.

    python -m training.train_encoder                        # minutes on a GPU
    python -m training.train_encoder --hold-out p06,p11 …   # to show what it does for the unseen

multilingual-e5-small (its vocabulary trimmed to French and English) learns from `corpus/` alone,
by `training.examples`, to rank practices as statements are judged (`training.objective`). It is
trained once for each of three seeds, weights are averaged (Wortsman et al., 2022), and a quarter of
the base is mixed in, which keeps it good for what it hasn't seen. Layers run in bfloat16; weights
and steps in float32, word embeddings frozen, weights saved in float16.

It runs on the GPU if torch sees one, else on the processor (`--device`), where a step takes about
a minute of one core, in 2 GB of memory: a day on two cores for the three seeds of 825 steps.
`training/.work` holds a checkpoint for each seed until the encoder is written.
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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import CorpusError
from training import convert_e5, export_onnx
from training.examples import Batch, Examples
from training.objective import head_for, loss_of
from training.recipe import Recipe
from training.trim_vocabulary import frequent_words, trim

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "corpus"
WORK = ROOT / "training" / ".work"
TARGET = ROOT / "models" / "recueil-e5"
SEEDS = "0,1,2"
KEPT = 0.75  # of what was learnt; the rest is the base
SAVE_EVERY = 25  # steps between checkpoints
SHARD = "48MB"


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


def plan(examples: Examples, recipe: Recipe, seed: int) -> Iterator[Batch]:
    """Yield every batch of every epoch; the same ones for the same recipe and seed."""
    rng = random.Random(seed)  # noqa: S311 - a draw to repeat, not a secret
    for _ in range(recipe.epochs):
        yield from examples.epoch(recipe, rng)


def key_of(examples: Examples, recipe: Recipe, seed: int) -> str:
    """Return the SHA-256 of all that the weights of a seed depend on."""
    parts = [asdict(recipe), asdict(examples), seed]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def train(
    model: Any, batches: Sequence[Batch], recipe: Recipe, seed: int, checkpoint: Path, key: str
) -> None:
    """Train in place, from the checkpoint if it is of the same recipe and data (`key`)."""
    import torch

    torch.manual_seed(seed)
    head = head_for(model, len(batches[0].practices), recipe)
    model[0].model.get_input_embeddings().weight.requires_grad_(False)
    trained = [weights for weights in model.parameters() if weights.requires_grad]
    optimiser = torch.optim.AdamW(
        [
            {"params": trained, "lr": recipe.learning_rate},
            {"params": list(head.parameters()), "lr": recipe.head_rate},
        ],
        weight_decay=recipe.weight_decay,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: pace(step, len(batches), recipe.warm_up)
    )
    parts = {"model": model, "head": head, "optimiser": optimiser, "schedule": schedule}
    first = resume(parts, checkpoint, key)
    if first:
        print(f"==> seed {seed}: resuming at step {first} of {len(batches)}", flush=True)
    model.train()
    started, shown = time.monotonic(), 0.0
    for step in range(first, len(batches)):
        loss = loss_of(model, head, batches[step], recipe)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == len(batches):
            keep(parts, checkpoint, key, step + 1)
        if (step + 1) % 10 == 0:
            shown = 0.7 * (shown or loss.item()) + 0.3 * loss.item()
            left = (time.monotonic() - started) / (step + 1 - first) * (len(batches) - step - 1)
            print(
                f"    seed {seed}, step {step + 1}/{len(batches)}  loss {shown:.3f}  "
                f"{left / 60:.0f} min left",
                flush=True,
            )
    model.eval()


def pace(step: int, steps: int, warm_up: float) -> float:
    """Return the share of the learning rate at a step: a ramp up, times one down to the end."""
    return min((step + 1) / max(warm_up * steps, 1), 1) * max(1 - step / steps, 0)


def resume(parts: Mapping[str, Any], checkpoint: Path, key: str) -> int:
    """Load a checkpoint of that key; return after how many steps it was saved, 0 without one."""
    import torch

    if not checkpoint.is_file():
        return 0
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if saved["key"] != key:
        return 0
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    torch.set_rng_state(saved["random"])
    if saved["device random"] is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(saved["device random"])
    return int(saved["step"])


def keep(parts: Mapping[str, Any], checkpoint: Path, key: str, step: int) -> None:
    """Write a checkpoint; whole or not at all."""
    import torch

    state = {name: part.state_dict() for name, part in parts.items()}
    state |= {"key": key, "step": step, "random": torch.get_rng_state()}
    state["device random"] = torch.cuda.get_rng_state() if torch.cuda.is_available() else None
    partial = checkpoint.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(checkpoint)


def mix(trained: Sequence[Path], base: Mapping[str, Any], kept: float = KEPT) -> dict[str, Any]:
    """Return the mean of the weights of checkpoints, with what isn't `kept` from the base."""
    import torch

    mixed = {name: (1 - kept) * weights.float() for name, weights in base.items()}
    for path in trained:
        found = torch.load(path, map_location="cpu", weights_only=True)["model"]
        for name, weights in found.items():
            mixed[name] += kept / len(trained) * weights
    return mixed


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


def load(base: Path, device: str) -> Any:
    """Return the base to train, on a device."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    return SentenceTransformer(str(base), device=device, local_files_only=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=TARGET, help="directory to write")
    parser.add_argument("--hold-out", default="", help="practices never seen, as p06,p11")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--seeds", default=SEEDS, help="whose weights are averaged, as 0,1,2")
    parser.add_argument("--device", default="", help="cpu, or cuda (default: if torch sees one)")
    arguments = parser.parse_args()
    try:
        seeds = numbers(arguments.seeds)
        corpus = read_corpus(CORPUS)
        practices = {p.id: p for c in corpus.collections for p in c.practices}
        held_out = frozenset(named(practices, arguments.hold_out))
    except (CorpusError, ValueError, OSError) as error:
        sys.exit(f"train_encoder: {error}")
    import torch

    device = arguments.device or ("cuda" if torch.cuda.is_available() else "cpu")
    recipe = Recipe(epochs=arguments.epochs, hold_out=tuple(sorted(held_out)))
    examples = Examples.gather(corpus, held_out)
    print(f"==> {len(examples.anchors)} anchors, seeds {seeds}, on {device}; {recipe}", flush=True)
    base = base_encoder(WORK)
    checkpoints = []
    for seed in seeds:
        checkpoint = WORK / f"{arguments.target.name}-{seed}.checkpoint"
        batches = list(plan(examples, recipe, seed))
        key = key_of(examples, recipe, seed)
        train(load(base, device), batches, recipe, seed, checkpoint, key)
        checkpoints.append(checkpoint)
    model = load(base, "cpu").eval()
    model.load_state_dict(mix(checkpoints, model.state_dict()))
    save(model, arguments.target)
    export_onnx.export(arguments.target)
    for checkpoint in checkpoints:
        checkpoint.unlink()
    print(f"==> {arguments.target}: written")


def numbers(seeds: str) -> list[int]:
    """Return the seeds listed, each once; `ValueError` if they aren't numbers."""
    if not all(seed.isdecimal() for seed in seeds.split(",")):
        raise ValueError(f"--seeds: numbers are expected, as {SEEDS}, not {seeds!r}")
    return list(dict.fromkeys(map(int, seeds.split(","))))


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
