from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.identity import encoder_id
from recueil_qa.encoding.torch_encoder import SentenceTransformerEncoder
from tests.support.statements import lessons, write_lessons
from tests.support.tiny import TEXTS, load, write_tiny_encoder
from training import convert_e5, train_encoder
from training.examples import Anchor, Batch, Document, Examples
from training.objective import head_for, loss_of
from training.recipe import Recipe
from training.train_encoder import key_of, main, mix, named, numbers, pace, plan, save, train

RECIPE = Recipe(batch=4, questions=2, texts=2, learning_rate=1e-2, hidden=8)
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
    """Save a checkpoint at steps 2, 4, 6 and 7 of 7."""
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
    """Return batches of four anchors and three practices, of French and English words."""
    rng = random.Random(5)  # noqa: S311
    words = [word for text in TEXTS for word in text.split()]

    def text() -> str:
        return " ".join(rng.choices(words, k=rng.randint(2, 9)))

    found = []
    for _ in range(count):
        lines = [Document(text(), f"p{row}/conseils/1") for row in range(3)]
        anchors = [Anchor(text(), {f"p{row}": 2}, lines[row].line) for row in range(3)]
        documents = [
            row for line in lines for row in (Document(text()), Document(text()), line, line)
        ]
        anchors.append(Anchor(text(), {}))
        asked = [anchor.text for anchor in anchors]
        found.append(Batch(("p0", "p1", "p2"), anchors, asked, documents, lines))
    return found


def weights(model: Any) -> Weights:
    return {name: value.clone() for name, value in model.state_dict().items()}


def differing(one: Weights, two: Weights) -> list[str]:
    """Return the names of the weights that are not exactly the same."""
    import torch

    assert list(one) == list(two)
    return [name for name in one if not torch.equal(one[name], two[name])]


def trained(base: Path, checkpoint: Path, key: str = "key", seed: int = 0) -> Weights:
    model = load(base)
    train(model, batches(), RECIPE, seed, checkpoint, key)
    return weights(model)


def counting(monkeypatch: pytest.MonkeyPatch, kill_at: int | None = None) -> list[Batch]:
    """Note every batch that is trained on; be killed at the one of that number."""
    seen: list[Batch] = []

    def counted(model: Any, head: Any, batch: Batch, recipe: Recipe) -> Any:
        seen.append(batch)
        if len(seen) == kill_at:
            raise KeyboardInterrupt
        return loss_of(model, head, batch, recipe)

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


def test_training_brings_anchors_nearer_to_practices_that_help(
    base: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_encoder, "SAVE_EVERY", 99)
    model, given = load(base), batches(3)
    recipe = replace(RECIPE, head_weight=0)

    def total() -> float:
        model.eval()
        head = head_for(model, 3, recipe)  # which counts for nothing
        return float(sum(loss_of(model, head, batch, recipe).item() for batch in given))

    before = total()
    train(model, given * 20, recipe, 0, checkpoint, "key")
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
    assert f"seed 0: resuming at step {resumed_after} of {STEPS}" in capsys.readouterr().out


def test_killed_twice_it_still_ends_the_same(base: Path, checkpoint: Path, tmp_path: Path) -> None:
    interrupt(base, checkpoint, 4)
    interrupt(base, checkpoint, 3)
    whole = trained(base, tmp_path / "other.checkpoint")
    assert differing(trained(base, checkpoint), whole) == []


def test_a_finished_training_is_not_done_again(
    base: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(base, checkpoint)
    seen = counting(monkeypatch)
    assert differing(trained(base, checkpoint), whole) == []
    assert seen == []


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
    two = trained(base, tmp_path / "two", seed=1)
    assert differing(one, two)


def test_the_rate_of_learning_rises_over_a_tenth_and_then_falls_to_nothing() -> None:
    rates = [pace(step, 100, 0.1) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == pytest.approx(0.91)
    assert rates[50] == pytest.approx(0.5)
    assert rates[100] == 0
    assert pace(0, 1, 0.1) == 1  # a single step is taken too


def test_seeds_are_averaged_and_a_quarter_of_the_base_is_mixed_in(
    base: Path, tmp_path: Path
) -> None:
    import torch

    before, paths = weights(load(base)), [tmp_path / "one", tmp_path / "two"]
    one, two = (trained(base, path, seed=seed) for seed, path in enumerate(paths))
    mixed = mix(paths, before)
    assert list(mixed) == list(before)
    for name, found in mixed.items():
        expected = 0.75 * (one[name] + two[name]) / 2 + 0.25 * before[name]
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    assert differing(mix(paths[:1], before, kept=1), one) == []
    assert differing(mix(paths, before, kept=0), before) == []


def gather(corpus_root: Path, held_out: Iterable[str] = ()) -> Examples:
    return Examples.gather(read_corpus(corpus_root), frozenset(held_out))


def test_the_same_recipe_and_seed_plan_the_same_batches(corpus_root: Path) -> None:
    examples = gather(corpus_root)
    assert list(plan(examples, RECIPE, 1)) == list(plan(gather(corpus_root), RECIPE, 1))
    assert list(plan(examples, RECIPE, 1)) != list(plan(examples, RECIPE, 2))


def test_every_epoch_takes_every_anchor_in_another_order(corpus_root: Path) -> None:
    examples = gather(corpus_root)
    found = list(plan(examples, replace(RECIPE, batch=1, epochs=3), 0))
    third = len(found) // 3
    epochs = [found[start : start + third] for start in (0, third, 2 * third)]
    assert epochs[0] != epochs[1] != epochs[2]
    for epoch in epochs:
        seen = sorted(anchor.text for batch in epoch for anchor in batch.anchors)
        assert seen == sorted(anchor.text for anchor in examples.anchors)


def test_a_key_is_of_one_recipe_seed_and_data(corpus_root: Path) -> None:
    examples = gather(corpus_root)
    keys = [
        key_of(examples, RECIPE, 0),
        key_of(examples, RECIPE, 1),
        key_of(examples, replace(RECIPE, epochs=3), 0),
        key_of(gather(corpus_root, ["petit-p3"]), RECIPE, 0),
    ]
    write_lessons(corpus_root / "petit", lessons(1))
    keys.append(key_of(gather(corpus_root), RECIPE, 0))
    first, *others = lessons(1)
    write_lessons(corpus_root / "petit", [first | {"grades": {"petit-p1": 1}}, *others])
    keys.append(key_of(gather(corpus_root), RECIPE, 0))
    assert len(set(keys)) == len(keys)
    assert keys[0] == key_of(examples, RECIPE, 0)


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
    questions: int = 2
    texts: int = 2
    learning_rate: float = 1e-2


@pytest.fixture
def command(
    base: Path, corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """Run the script on `petit`, from the tiny base, with arguments; return its target."""
    work, target = tmp_path / "work", tmp_path / "models" / "mine"
    work.mkdir()
    write_lessons(corpus_root / "petit", lessons(1))  # with its seven questions, two batches
    monkeypatch.setattr(train_encoder, "CORPUS", corpus_root)
    monkeypatch.setattr(train_encoder, "WORK", work)
    monkeypatch.setattr(train_encoder, "Recipe", SmallRecipe)
    monkeypatch.setattr(train_encoder, "base_encoder", lambda _: base)
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")

    def run(*arguments: str) -> Path:
        options = ["--target", str(target), "--device", "cpu", "--seeds", "0,1", *arguments]
        monkeypatch.setattr(sys, "argv", ["train_encoder", *options])
        main()
        return target

    return run


def test_the_command_writes_an_encoder_and_removes_its_checkpoints(
    command: Callable[..., Path], base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = command("--epochs", "2", "--seeds", "3,3")
    out = capsys.readouterr().out
    assert "==> 11 anchors, seeds [3], on cpu; " in out
    assert "epochs=2" in out
    assert out.endswith(f"{target}: written\n")
    assert list((tmp_path / "work").iterdir()) == []
    assert (target / "model.onnx").is_file()
    vectors = SentenceTransformerEncoder(str(target)).encode_query(TEXTS)
    assert not np.allclose(vectors, load(base).encode_query(TEXTS), atol=1e-3)


def test_what_the_command_writes_is_the_mix_of_all_seeds(
    command: Callable[..., Path], base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed: list[Weights] = []

    def noted(paths: list[Path], before: Weights) -> Weights:
        assert [path.name for path in paths] == ["mine-0.checkpoint", "mine-1.checkpoint"]
        assert differing(before, weights(load(base))) == []
        mixed.append(mix(paths, before))
        return mixed[0]

    monkeypatch.setattr(train_encoder, "mix", noted)
    written = weights(load(command()).float())
    for name, found in mixed[0].items():
        np.testing.assert_allclose(written[name], found, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("killed_at", "resumed"),
    [(4, ["seed 0: resuming at step 2 of 4"]), (8, ["seed 0: resuming at step 4 of 4", "seed 1"])],
)
def test_the_command_killed_and_run_again_ends_with_the_same_encoder(
    command: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    killed_at: int,
    resumed: list[str],
) -> None:
    whole = encoder_id(str(command("--epochs", "2")))
    (tmp_path / "models" / "mine").rename(tmp_path / "models" / "other")
    with pytest.MonkeyPatch.context() as patch:
        counting(patch, kill_at=killed_at)
        with pytest.raises(KeyboardInterrupt):
            command("--epochs", "2")
    assert not (tmp_path / "models" / "mine").exists()
    capsys.readouterr()
    seen = counting(monkeypatch)
    assert encoder_id(str(command("--epochs", "2"))) == whole
    out = capsys.readouterr().out
    assert all(text in out for text in resumed)
    assert len(seen) == 8 - (killed_at - 1) // 2 * 2  # nothing that was saved is done again


def test_a_finished_seed_is_kept_for_a_mix_with_others(
    command: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        counting(patch, kill_at=3)  # the first step of the second seed
        with pytest.raises(KeyboardInterrupt):
            command()
    seen = counting(monkeypatch)
    command("--seeds", "0,2,1")
    assert len(seen) == 4


@pytest.mark.parametrize("arguments", [("--seeds", "15"), ("--hold-out", "p3"), ("--epochs", "3")])
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
    assert (tmp_path / "work" / "mine-0.checkpoint").is_file()
    command("--epochs", "2", *arguments)
    assert "resuming" not in capsys.readouterr().out


def test_the_command_does_not_resume_a_training_on_other_grades(
    command: Callable[..., Path], corpus_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same texts, but judged otherwise, are other data."""
    with pytest.MonkeyPatch.context() as patch:
        counting(patch, kill_at=4)
        with pytest.raises(KeyboardInterrupt):
            command("--epochs", "2")
    capsys.readouterr()
    first, *others = lessons(1)
    write_lessons(corpus_root / "petit", [first | {"grades": {"petit-p1": 1}}, *others])
    command("--epochs", "2")
    assert "resuming" not in capsys.readouterr().out


def test_the_command_never_sees_the_practices_held_out(
    command: Callable[..., Path],
    corpus_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen = counting(monkeypatch)
    command("--hold-out", "p3")
    assert "hold_out=('petit-p3',)" in capsys.readouterr().out
    whole, left = gather(corpus_root), gather(corpus_root, ["petit-p3"])
    hidden = {row.text for row in (*whole.questions["petit-p3"], *whole.texts["petit-p3"])}
    assert hidden
    for batch in seen:
        assert batch.practices == left.practices == ("petit-p1", "petit-p2")
        assert not hidden & {*batch.asked, *[row.text for row in batch.documents]}
    assert seen


@pytest.mark.parametrize("seeds", ["", "a", "1,", "-1", "1.5"])
def test_seeds_that_are_no_numbers_are_told_in_one_line(
    command: Callable[..., Path], seeds: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        command(f"--seeds={seeds}")
    expected = f"train_encoder: --seeds: numbers are expected, as 0,1,2, not {seeds!r}"
    assert caught.value.code == expected
    assert numbers("2,0,2") == [2, 0]


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
