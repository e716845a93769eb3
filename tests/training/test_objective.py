from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.tiny import HIDDEN, TEXTS, load, write_tiny_encoder
from training import objective
from training.examples import Anchor, Batch, Document
from training.objective import (
    embed,
    head_for,
    head_loss,
    line_loss,
    listwise,
    loss_of,
    practice_scores,
)
from training.recipe import Recipe

RECIPE = Recipe(questions=4, texts=2)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_encoder(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """So small a model is slower in several threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def scores(cosines: list[float], speaks: list[bool] | None = None) -> list[float]:
    """Return the scores of practices to one anchor."""
    import torch

    may = torch.tensor([speaks or [True] * len(cosines)])
    found = practice_scores(torch.tensor([cosines]), may, RECIPE)
    return [round(score, 4) for score in found[0].tolist()]


def test_a_practice_is_scored_by_its_three_best_questions_and_half_as_much_its_texts() -> None:
    one, two = [0.1, 0.9, 0.6, 0.3, 0.5, 0.7], [0.4, 0.4, 0.4, -0.9, 0.1, 0.1]
    assert scores(one + two) == [round((0.6 + 0.3) / 1.5, 4), 0.3]


def test_what_may_not_speak_does_not_count() -> None:
    speaks = [True, False, True, True, True, True]
    assert scores([0.1, 0.9, 0.6, 0.2, 0.6, 0.6], speaks) == [round((0.3 + 0.3) / 1.5, 4)]
    speaks = [True, False, False, False, True, False]
    assert scores([0.1, 0.9, 0.6, 0.2, 0.5, 0.9], speaks) == [round((0.1 + 0.25) / 1.5, 4)]


def test_texts_speak_alone_where_no_question_may() -> None:
    speaks = [False] * 4 + [True] * 2
    assert scores([0.9] * 4 + [0.4, 0.6], speaks) == [0.5]
    assert scores([0.9] * 6, [False] * 6) == [0]


def test_what_may_not_speak_gets_no_gradient() -> None:
    import torch

    cosines = torch.tensor([[0.1, 0.9, 0.6, 0.2, 0.6, 0.6]], requires_grad=True)
    speaks = torch.tensor([[True, False, True, True, True, True]])
    practice_scores(cosines, speaks, RECIPE).sum().backward()
    assert cosines.grad is not None
    assert (cosines.grad[0] != 0).tolist() == speaks[0].tolist()


def test_the_loss_over_practices_is_against_their_gains() -> None:
    import torch

    given = torch.tensor([[1.0, 2.0, 0.0], [9.0, 9.0, 9.0], [0.0, 0.0, 1.0]])
    gains = torch.tensor([[3.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 3.0]])
    logs = given.double().log_softmax(1).numpy()
    expected = -(0.75 * logs[0, 0] + 0.25 * logs[0, 1] + logs[2, 2]) / 2
    assert listwise(given, gains).item() == pytest.approx(expected)


def test_anchors_that_nothing_answers_are_for_the_head_alone() -> None:
    import torch

    given = torch.randn(2, 3, requires_grad=True)
    loss = listwise(given, torch.zeros(2, 3))
    loss.backward()
    assert loss.item() == 0
    assert given.grad is not None
    assert not given.grad.any()


def test_the_head_learns_the_practices_and_whether_any_helps() -> None:
    import torch

    logits = torch.tensor([[1.0, 2.0, 0.5, 1.5], [1.0, 0.0, -1.0, 2.0], [0.0, 0.0, -2.0, -3.0]])
    gains = torch.tensor([[3.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    expected = listwise(logits[:, :2], gains).item()
    truth = np.array([[1, 1], [0, 1], [0, 0]])
    chances = logits[:, 2:].double().sigmoid().numpy()
    expected -= 0.5 * np.log(np.where(truth, chances, 1 - chances)).mean()
    found = head_loss(lambda _: logits, torch.zeros(3, 5), gains, RECIPE)
    assert found.item() == pytest.approx(expected, abs=1e-5)


def test_the_head_has_two_layers_and_is_given_vectors_of_unit_variance(base: Path) -> None:
    import torch

    head = head_for(load(base), 3, RECIPE)
    assert [tuple(row.shape) for row in head.parameters()] == [
        (RECIPE.hidden, HIDDEN),
        (RECIPE.hidden,),
        (5, RECIPE.hidden),
        (5,),
    ]
    given: list[Any] = []

    def noted(vectors: Any) -> Any:
        given.append(vectors)
        return head(vectors)

    head_loss(noted, torch.full((1, 16), 0.25), torch.tensor([[3.0, 0.0, 0.0]]), RECIPE)
    assert given[0].tolist() == [[1.0] * 16]


def lined() -> Batch:
    """Return two practices of one question, two lines and a title; two anchors ask for a line."""
    anchors = [Anchor("a", {"p": 2}, "p/1"), Anchor("b", {"p": 2}), Anchor("c", {"q": 2}, "q/2")]
    documents = [
        *[Document("p?"), Document("p 1", "p/1"), Document("p 2", "p/2"), Document("p title")],
        *[Document("q?"), Document("q 1", "q/1"), Document("q 1", "q/1"), Document("q title")],
    ]
    lines = [Document("p 1", "p/1"), Document("q 2", "q/2")]
    return Batch(("p", "q"), anchors, ["a", "b", "c"], documents, lines)


def test_a_line_asked_for_is_told_from_the_other_lines_of_the_batch() -> None:
    import torch

    given = torch.randn(3, 10)
    logs = given.double().numpy()
    # Drawn lines are at 1, 2, 5 and 6, those asked for at 8 and 9; that at 1 is the one at 8.
    losses = [
        np.log(np.exp(logs[0, [2, 5, 6, 8, 9]]).sum()) - logs[0, 8],
        np.log(np.exp(logs[2, [1, 2, 5, 6, 8, 9]]).sum()) - logs[2, 9],
    ]
    assert line_loss(given, lined()).item() == pytest.approx(np.mean(losses), abs=1e-5)


def test_a_batch_that_asks_for_no_line_has_no_loss_of_lines() -> None:
    import torch

    batch = replace(lined(), anchors=[Anchor("a", {"p": 2})], lines=[])
    assert line_loss(torch.randn(1, 8), batch).item() == 0


def test_the_loss_is_of_practices_half_of_the_head_and_half_of_lines(base: Path) -> None:
    import torch

    model, recipe = load(base).eval(), Recipe(questions=1, texts=3)
    head, batch = head_for(model, 2, recipe).eval(), lined()
    asked = embed(model, batch.asked, "query", 128)
    cosines = (
        asked
        @ embed(model, [row.text for row in (*batch.documents, *batch.lines)], "document", 96).T
    )
    gains = torch.tensor(batch.gains())
    ranked = practice_scores(cosines[:, :8], torch.tensor(batch.speaks()), recipe)
    expected = listwise(ranked / 0.05, gains)
    expected = expected + 0.5 * head_loss(head, asked, gains, recipe)
    expected = expected + 0.5 * line_loss(cosines / 0.05, batch)
    assert loss_of(model, head, batch, recipe).item() == pytest.approx(expected.item(), rel=1e-4)


def test_texts_are_embedded_in_the_order_given_with_their_prompt(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objective, "PART", 3)
    model = load(base).eval()
    texts = [TEXTS[0], "x", TEXTS[2], "les appels", TEXTS[1], "x", "the desk", ""]
    for prompt, encode in (("query", model.encode_query), ("document", model.encode_document)):
        found = embed(model, texts, prompt, 96).detach().numpy()
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
        # bfloat16 has eight bits.
        np.testing.assert_allclose(found, encode(texts), atol=0.02)


def test_texts_are_cut_at_the_tokens_given(base: Path) -> None:
    model = load(base).eval()
    one, two = embed(model, ["les appels " * 10, "les appels " * 20], "query", 12).detach().numpy()
    np.testing.assert_allclose(one, two, atol=1e-6)


def test_layers_computed_again_give_the_gradients_of_a_plain_pass(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def gradients() -> list[torch.Tensor]:
        torch.manual_seed(3)
        model = load(base).train()
        embed(model, TEXTS, "query", 96)[:, :3].sum().backward()
        return [row.grad for row in model.parameters() if row.grad is not None]

    again = gradients()
    assert again
    plainly = "torch.utils.checkpoint.checkpoint"
    monkeypatch.setattr(plainly, lambda call, *given, **_: call(*given))
    torch.testing.assert_close(gradients(), again, rtol=0, atol=0)
