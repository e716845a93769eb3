from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recueil_qa.corpus import read_corpus
from recueil_qa.encoder import SentenceTransformerEncoder, encoder_id
from recueil_qa.passages import corpus_passages
from tests.tiny import TEXTS, load, write_tiny_encoder
from training import convert_e5, train_encoder
from training.examples import Anchor, Batch, Column, Examples
from training.train_encoder import Recipe, embed, loss_of, main, named, plan, save, train

RECIPE = Recipe(batch=4, learning_rate=1e-2)
STEPS = 7
Weights = dict[str, Any]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_encoder(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return tmp_path / "tiny.checkpoint"


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save a checkpoint at steps 2, 4 and 6 of 7."""
    monkeypatch.setattr(train_encoder, "SAVE_EVERY", 2)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """So small a model is slower in several threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def batches(count: int = STEPS) -> list[Batch]:
    """Return batches of four anchors and five columns, of French and English words."""
    rng = random.Random(5)  # noqa: S311
    words = [word for text in TEXTS for word in text.split()]

    def text() -> str:
        return " ".join(rng.choices(words, k=rng.randint(2, 9)))

    return [
        Batch(
            [Anchor(text(), {f"p{row}": 2}) for row in range(4)],
            [text() for _ in range(4)],
            [Column(text(), f"p{place}") for place in range(5)],
        )
        for _ in range(count)
    ]


def weights(model: Any) -> Weights:
    return {name: value.clone() for name, value in model.state_dict().items()}


def differing(one: Weights, two: Weights) -> list[str]:
    """Return the names of the weights that are not exactly the same."""
    import torch

    assert list(one) == list(two)
    return [name for name in one if not torch.equal(one[name], two[name])]


def trained(base: Path, checkpoint: Path, key: str = "key", recipe: Recipe = RECIPE) -> Weights:
    model = load(base)
    train(model, batches(), recipe, checkpoint, key)
    return weights(model)


def counting(monkeypatch: pytest.MonkeyPatch, kill_at: int | None = None) -> list[Batch]:
    """Note every batch that is trained on; be killed at the one of that number."""
    seen: list[Batch] = []

    def counted(model: Any, batch: Batch, recipe: Recipe) -> Any:
        seen.append(batch)
        if len(seen) == kill_at:
            raise KeyboardInterrupt
        return loss_of(model, batch, recipe)

    monkeypatch.setattr(train_encoder, "loss_of", counted)
    return seen


def interrupt(base: Path, checkpoint: Path, at: int, key: str = "key") -> None:
    with pytest.MonkeyPatch.context() as patch:
        counting(patch, kill_at=at)
        with pytest.raises(KeyboardInterrupt):
            trained(base, checkpoint, key)


def test_training_moves_all_weights_but_the_word_embeddings(base: Path, checkpoint: Path) -> None:
    before, after = weights(load(base)), trained(base, checkpoint)
    moved = set(differing(before, after))
    assert not [name for name in moved if "word_embeddings" in name]
    parameters = {name for name, value in load(base).named_parameters() if value.dim()}
    still = {name for name in parameters - moved if "word_embeddings" not in name}
    # Mean pooling leaves BERT's own pooler out of the loss.
    assert all("pooler" in name for name in still)


def test_training_brings_anchors_nearer_to_their_answers(base: Path, checkpoint: Path) -> None:
    model, given = load(base), batches(3)

    def total() -> float:
        model.eval()
        return float(sum(loss_of(model, batch, RECIPE).item() for batch in given))

    before = total()
    train(model, given * 15, RECIPE, checkpoint, "key")
    assert not model.training
    assert total() < before / 2


def test_two_trainings_end_with_the_same_weights(base: Path, tmp_path: Path) -> None:
    one, two = (trained(base, tmp_path / name) for name in ("one", "two"))
    assert differing(one, two) == []


@pytest.mark.parametrize(("killed_at", "resumed_after"), [(3, 2), (4, 2), (5, 4), (7, 6)])
def test_killed_half_way_it_resumes_at_the_checkpoint_and_ends_the_same(
    base: Path,
    checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    killed_at: int,
    resumed_after: int,
) -> None:
    whole = trained(base, tmp_path / "other.checkpoint")
    interrupt(base, checkpoint, killed_at)
    capsys.readouterr()
    seen = counting(monkeypatch)
    assert differing(trained(base, checkpoint), whole) == []
    assert seen == batches()[resumed_after:]
    assert f"resuming at step {resumed_after} of {STEPS}" in capsys.readouterr().out


def test_killed_twice_it_still_ends_the_same(base: Path, checkpoint: Path, tmp_path: Path) -> None:
    interrupt(base, checkpoint, 4)
    interrupt(base, checkpoint, 3)
    whole = trained(base, tmp_path / "other.checkpoint")
    assert differing(trained(base, checkpoint), whole) == []


def test_killed_before_the_first_checkpoint_it_starts_over(
    base: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(base, checkpoint, 2)
    assert not checkpoint.exists()
    seen = counting(monkeypatch)
    trained(base, checkpoint)
    assert seen == batches()


def test_killed_while_it_saves_it_keeps_the_checkpoint_before(
    base: Path, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    whole, write = trained(base, tmp_path / "other.checkpoint"), torch.save
    with pytest.MonkeyPatch.context() as patch:

        def cut_short(state: Any, path: Path) -> None:
            if state["step"] == 4:
                path.write_bytes(b"half of it")
                raise KeyboardInterrupt
            write(state, path)

        patch.setattr(torch, "save", cut_short)
        with pytest.raises(KeyboardInterrupt):
            trained(base, checkpoint)
    seen = counting(monkeypatch)
    assert differing(trained(base, checkpoint), whole) == []
    assert seen == batches()[2:]


def test_a_checkpoint_of_another_recipe_is_ignored(
    base: Path,
    checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = trained(base, tmp_path / "other.checkpoint", "mine")
    interrupt(base, checkpoint, 5, "theirs")
    seen = counting(monkeypatch)
    assert differing(trained(base, checkpoint, "mine"), whole) == []
    assert seen == batches()
    assert "resuming" not in capsys.readouterr().out


def test_another_seed_ends_with_other_weights(base: Path, tmp_path: Path) -> None:
    one = trained(base, tmp_path / "one")
    two = trained(base, tmp_path / "two", recipe=Recipe(batch=4, learning_rate=1e-2, seed=15))
    assert differing(one, two)


def products(model: Any, batch: Batch) -> np.ndarray[Any, np.dtype[np.float64]]:
    asked = embed(model, batch.asked, "query", RECIPE.tokens).detach().double().numpy()
    texts = [column.text for column in batch.columns]
    answers = embed(model, texts, "document", RECIPE.tokens).detach().double().numpy()
    found: np.ndarray[Any, np.dtype[np.float64]] = asked @ answers.T / RECIPE.temperature
    return found


def test_the_loss_is_infonce_over_the_columns_that_count(base: Path) -> None:
    """-log(exp(s_ii / t) / sum of exp(s_ij / t) over the columns j that the mask keeps)."""
    model = load(base).eval()
    batch = batches(1)[0]
    helped = [
        Anchor(batch.anchors[0].text, {"p0": 2, "p1": 1, "p4": 1}),
        *batch.anchors[1:3],
        Anchor(batch.anchors[3].text, {f"p{n}": 2 for n in range(5)}),
    ]
    batch = Batch(helped, batch.asked, batch.columns)
    kept = [{0, 2, 3}, {0, 1, 2, 3, 4}, {0, 1, 2, 3, 4}, {3}]
    scores = products(model, batch)
    losses = [
        np.log(sum(np.exp(scores[row, place]) for place in places)) - scores[row, row]
        for row, places in enumerate(kept)
    ]
    # bfloat16 has eight bits: scores up to 20 are off by some hundredths.
    assert loss_of(model, batch, RECIPE).item() == pytest.approx(np.mean(losses), abs=0.15)
    assert losses[3] == pytest.approx(0)


def test_texts_are_embedded_in_the_order_given_with_their_prompt(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_encoder, "PART", 3)
    model = load(base).eval()
    texts = [TEXTS[0], "x", TEXTS[2], "les appels", TEXTS[1], "x", "the desk", ""]
    for prompt, encode in (("query", model.encode_query), ("document", model.encode_document)):
        found = embed(model, texts, prompt, 96).detach().numpy()
        np.testing.assert_allclose(found, encode(texts), atol=1e-5)


def test_texts_are_cut_at_the_tokens_of_the_recipe(base: Path) -> None:
    model = load(base).eval()
    one, two = embed(model, ["les appels " * 10, "les appels " * 20], "query", 12).detach().numpy()
    np.testing.assert_allclose(one, two, atol=1e-6)


def gather(corpus_root: Path) -> Examples:
    return Examples.gather(corpus_passages(read_corpus(corpus_root)), [])


def test_the_same_recipe_plans_the_same_batches(corpus_root: Path) -> None:
    examples = gather(corpus_root)
    assert list(plan(examples, RECIPE)) == list(plan(gather(corpus_root), RECIPE))
    assert list(plan(examples, RECIPE)) != list(plan(examples, Recipe(batch=4, seed=15)))


def test_every_epoch_takes_every_anchor_in_another_order(corpus_root: Path) -> None:
    examples = gather(corpus_root)
    found = list(plan(examples, Recipe(batch=4, epochs=3)))
    third = len(found) // 3
    epochs = [found[start : start + third] for start in (0, third, 2 * third)]
    assert epochs[0] != epochs[1] != epochs[2]
    for epoch in epochs:
        seen = sorted(anchor.text for batch in epoch for anchor in batch.anchors)
        assert seen == sorted(anchor.text for anchor in examples.anchors)


def sizes(text: str) -> int:
    """Return the bytes that a size as `48MB` says."""
    assert text.endswith("MB")
    return int(text.removesuffix("MB")) * 10**6


def test_files_are_to_stay_under_fifty_megabytes() -> None:
    assert sizes(train_encoder.SHARD) < 50 * 10**6


@pytest.mark.parametrize(("shard", "size"), [("6KB", 6_000), ("48MB", 48_000_000)])
def test_a_saved_model_is_in_half_precision_in_small_files_and_loads(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shard: str, size: int
) -> None:
    from safetensors import safe_open

    monkeypatch.setattr(train_encoder, "SHARD", shard)
    model, target = load(base), tmp_path / "deep" / "saved"
    before = model.encode_query(TEXTS)
    save(model, target)
    assert list(target.parent.iterdir()) == [target]
    files = sorted(target.glob("*.safetensors"))
    found: Weights = {}
    for file in files:
        with safe_open(file, framework="pt") as opened:
            inside = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
            # A weight that is larger alone than a file should be has a file of its own.
            assert sum(value.nbytes for value in inside.values()) <= size or len(inside) == 1
            assert not set(inside) & set(found)
            found |= inside
    assert {str(value.dtype) for value in found.values()} == {"torch.float16"}
    several = shard == "6KB"
    assert (len(files) > 1) == several
    assert (target / "model.safetensors.index.json").is_file() == several
    assert (target / "model.safetensors").is_file() != several
    after = SentenceTransformerEncoder(str(target)).encode_query(TEXTS)
    # Half precision rounds weights at the eleventh bit.
    assert (before * after).sum(axis=1).min() > 0.999


def test_the_model_card_outlives_a_training(base: Path, tmp_path: Path) -> None:
    target = tmp_path / "saved"
    target.mkdir()
    (target / "README.md").write_bytes(b"# Carte\r\n")
    (target / "old.bin").write_bytes(b"old")
    save(load(base), target)
    assert (target / "README.md").read_bytes() == b"# Carte\r\n"
    assert not (target / "old.bin").exists()
    assert (target / "modules.json").is_file()


def test_killed_while_it_writes_it_leaves_the_target_as_it_was(base: Path, tmp_path: Path) -> None:
    for there in (False, True):
        target = tmp_path / str(there) / "saved"
        target.parent.mkdir()
        if there:
            target.mkdir()
            (target / "old.bin").write_bytes(b"old")
        model = load(base)

        def killed(*_: Any, **_options: Any) -> None:
            raise KeyboardInterrupt

        model[0].model.save_pretrained = killed
        with pytest.raises(KeyboardInterrupt):
            save(model, target)
        assert [path.name for path in target.parent.rglob("*")] == (
            ["saved", "old.bin"] if there else []
        )


@dataclass(frozen=True)
class SmallRecipe(Recipe):
    batch: int = 4
    epochs: int = 1
    learning_rate: float = 1e-2


@pytest.fixture
def command(
    base: Path, corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """Run the script on `petit`, from the tiny base, with arguments; return its target."""
    work, target = tmp_path / "work", tmp_path / "models" / "mine"
    work.mkdir()
    monkeypatch.setattr(train_encoder, "CORPUS", corpus_root)
    monkeypatch.setattr(train_encoder, "WORK", work)
    monkeypatch.setattr(train_encoder, "Recipe", SmallRecipe)
    monkeypatch.setattr(train_encoder, "base_encoder", lambda _: base)
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")

    def run(*arguments: str) -> Path:
        monkeypatch.setattr(sys, "argv", ["train_encoder", "--target", str(target), *arguments])
        main()
        return target

    return run


def test_the_command_writes_an_encoder_and_removes_its_checkpoint(
    command: Callable[..., Path], base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = command("--epochs", "2", "--seed", "3")
    out = capsys.readouterr().out
    assert "==> 7 anchors, " in out
    assert "epochs=2" in out
    assert "seed=3" in out
    assert out.endswith(f"{target}: written\n")
    assert list((tmp_path / "work").iterdir()) == []
    vectors = SentenceTransformerEncoder(str(target)).encode_query(TEXTS)
    assert not np.allclose(vectors, load(base).encode_query(TEXTS), atol=1e-3)


def test_the_command_killed_and_run_again_ends_with_the_same_encoder(
    command: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = encoder_id(str(command("--epochs", "2")))
    (tmp_path / "models" / "mine").rename(tmp_path / "models" / "other")
    with pytest.MonkeyPatch.context() as patch:
        counting(patch, kill_at=4)
        with pytest.raises(KeyboardInterrupt):
            command("--epochs", "2")
    assert not (tmp_path / "models" / "mine").exists()
    capsys.readouterr()
    seen = counting(monkeypatch)
    assert encoder_id(str(command("--epochs", "2"))) == whole
    assert "resuming at step 2" in capsys.readouterr().out
    assert seen


@pytest.mark.parametrize("arguments", [("--seed", "15"), ("--hold-out", "p3"), ("--epochs", "3")])
def test_the_command_does_not_resume_what_was_another_training(
    command: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        counting(patch, kill_at=4)
        with pytest.raises(KeyboardInterrupt):
            command("--epochs", "2")
    assert (tmp_path / "work" / "mine.checkpoint").is_file()
    command("--epochs", "2", *arguments)
    assert "resuming" not in capsys.readouterr().out


def test_the_command_does_not_resume_a_training_with_other_masks(
    command: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same texts, but judged otherwise, are other data."""
    with pytest.MonkeyPatch.context() as patch:
        counting(patch, kill_at=4)
        with pytest.raises(KeyboardInterrupt):
            command("--epochs", "2")

    def only_answers(batch: Batch) -> list[list[bool]]:
        return [[i == row for i in range(len(batch.columns))] for row in range(len(batch.anchors))]

    capsys.readouterr()
    monkeypatch.setattr(Batch, "mask", only_answers)
    command("--epochs", "2")
    assert "resuming" not in capsys.readouterr().out


def test_the_command_never_sees_the_practices_held_out(
    command: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen = counting(monkeypatch)
    command("--hold-out", "p3")
    assert "hold_out=('petit-p3',)" in capsys.readouterr().out
    used = {column.practice for batch in seen for column in batch.columns}
    assert used == {"petit-p1", "petit-p2"}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("p9", "train_encoder: --hold-out: 'p9' names 0 practices"),
        ("p1,P2", "train_encoder: --hold-out: 'P2' names 0 practices"),
        ("petit", "train_encoder: --hold-out: 'petit' names 0 practices"),
    ],
)
def test_an_unknown_practice_to_hold_out_is_told_and_nothing_is_made(
    command: Callable[..., Path], tmp_path: Path, wanted: str, message: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        command("--hold-out", wanted)
    assert caught.value.code == message
    assert not (tmp_path / "models").exists()


def test_a_corpus_that_is_not_there_is_told_in_one_line(
    command: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_encoder, "CORPUS", tmp_path / "nowhere")
    with pytest.raises(SystemExit) as caught:
        command()
    assert str(caught.value.code).startswith("train_encoder: ")
    assert str(tmp_path / "nowhere") in str(caught.value.code)


def test_practices_are_named_in_full_or_by_their_ends() -> None:
    known = dict.fromkeys(["petit-p1", "petit-p11", "faq-carte"])
    assert named(known, "p1,faq-carte,petit-p11") == ["petit-p1", "faq-carte", "petit-p11"]
    assert named(known, "") == named(known, ",") == []


def test_an_end_that_two_practices_share_is_refused() -> None:
    with pytest.raises(ValueError, match="'p1' names 2 practices"):
        named(dict.fromkeys(["one-p1", "two-p1"]), "p1")


def test_the_base_is_converted_and_trimmed_the_first_time_only(
    corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def convert(_: Path, target: Path) -> None:
        calls.append("convert")
        write_tiny_encoder(target)

    def words() -> Iterable[str]:
        calls.append("words")
        return ["usagers"]

    monkeypatch.setattr(train_encoder, "CORPUS", corpus_root)
    monkeypatch.setattr(convert_e5, "packed_file", lambda: Path("e5.bin"))
    monkeypatch.setattr(convert_e5, "convert", convert)
    monkeypatch.setattr(train_encoder, "frequent_words", words)
    (corpus_root / "petit" / "source.txt").write_text("les appels au guichet", "utf-8")
    first = train_encoder.base_encoder(tmp_path / "work")
    pieces = set(load(first)[0].tokenizer.get_vocab())
    assert {"▁guichet", "▁usagers"} <= pieces
    assert not pieces & {"▁motif", "▁courrier"}
    assert train_encoder.base_encoder(tmp_path / "work") == first
    assert calls == ["convert", "words"]
