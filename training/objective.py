"""What a step of the training lowers: the loss of a batch, and the head that is trained beside.

    practices   a softmax over all of them, each scored by the best cosines with what was drawn of
                it, against the gains of its grades
    head        the same from the query's vector alone, by two layers, with "does anything answer"
    lines       InfoNCE (van den Oord et al., 2018) of the line that a question asks for

The head is thrown away: it has the encoder learn vectors from which heads are easily fitted.
"""

from __future__ import annotations

import math
from typing import Any

from training.examples import Batch
from training.recipe import Recipe

NONE = -9.0  # below any cosine
PART, PARTS = 16, {"cuda": 256}  # texts that go through the model together


def head_for(model: Any, practices: int, recipe: Recipe) -> Any:
    """Return two layers: a logit for each practice, then of "a 2" and of "any grade"."""
    from torch import nn

    return nn.Sequential(
        nn.Linear(model.get_embedding_dimension(), recipe.hidden),
        nn.ReLU(),
        nn.Dropout(recipe.dropout),
        nn.Linear(recipe.hidden, practices + 2),
    ).to(model.device)


def loss_of(model: Any, head: Any, batch: Batch, recipe: Recipe) -> Any:
    """Return the loss of one batch."""
    import torch

    asked = embed(model, batch.asked, "query", recipe.query_tokens)
    texts = [document.text for document in (*batch.documents, *batch.lines)]
    cosines = asked @ embed(model, texts, "document", recipe.passage_tokens).T
    gains = torch.tensor(batch.gains(), device=cosines.device)
    speaks = torch.tensor(batch.speaks(), device=cosines.device)
    scores = practice_scores(cosines[:, : len(batch.documents)], speaks, recipe)
    return (
        listwise(scores / recipe.temperature, gains)
        + recipe.head_weight * head_loss(head, asked, gains, recipe)
        + recipe.line_weight * line_loss(cosines / recipe.temperature, batch)
    )


def practice_scores(cosines: Any, speaks: Any, recipe: Recipe) -> Any:
    """Return (anchors, practices): the best questions and the best texts, averaged by weight."""
    import torch

    shape = (len(cosines), -1, recipe.questions + recipe.texts)
    kept = cosines.masked_fill(~speaks, NONE).view(shape)
    asked, some = best_mean(kept[..., : recipe.questions], recipe.best_questions)
    told, _ = best_mean(kept[..., recipe.questions :], recipe.best_texts)
    # Where all questions drawn are the anchor's own, texts alone speak.
    asked = torch.where(some, asked, told)
    return (asked + recipe.text_weight * told) / (1 + recipe.text_weight)


def best_mean(cosines: Any, count: int) -> tuple[Any, Any]:
    """Return the mean of the best that aren't masked, 0 where all are, and where some aren't."""
    import torch

    best = cosines.topk(min(count, cosines.shape[-1]), dim=-1).values
    there = best > NONE
    total = torch.where(there, best, 0.0).sum(-1)
    return total / there.sum(-1).clamp(min=1), there.any(-1)


def listwise(scores: Any, gains: Any) -> Any:
    """Return the cross-entropy of a softmax with normalised gains, over anchors that have some."""
    import torch

    helped = gains.sum(1) > 0
    if not helped.any():
        return scores.sum() * 0
    gains = gains[helped]
    targets = gains / gains.sum(1, keepdim=True)
    return torch.nn.functional.cross_entropy(scores[helped], targets)


def head_loss(head: Any, asked: Any, gains: Any, recipe: Recipe) -> Any:
    """Return the loss of the head: practices, and whether any has a 2, or a grade at all."""
    import torch

    logits = head(asked * math.sqrt(asked.shape[1]))
    best = gains.max(1).values
    answered = torch.stack([best >= 3, best >= 1], 1).float()
    return listwise(
        logits[:, :-2], gains
    ) + recipe.answered_weight * torch.nn.functional.binary_cross_entropy_with_logits(
        logits[:, -2:], answered
    )


def line_loss(scores: Any, batch: Batch) -> Any:
    """Return the InfoNCE of the lines asked for, among all lines of the batch."""
    import torch

    rows = [row for row, anchor in enumerate(batch.anchors) if anchor.line]
    if not rows:
        return scores.sum() * 0
    drawn = [place for place, document in enumerate(batch.documents) if document.line]
    columns = [*drawn, *range(len(batch.documents), len(batch.documents) + len(batch.lines))]
    names = [*(batch.documents[place].line for place in drawn), *(row.line for row in batch.lines)]
    right = torch.arange(len(rows)) + len(drawn)
    # The same line drawn twice isn't wrong.
    twins = torch.tensor([[name == batch.anchors[row].line for name in names] for row in rows])
    twins[torch.arange(len(rows)), right] = False
    device = scores.device
    scores = scores[rows][:, columns].masked_fill(twins.to(device), float("-inf"))
    return torch.nn.functional.cross_entropy(scores, right.to(device))


def embed(model: Any, texts: list[str], prompt: str, tokens: int) -> Any:
    """Return unit vectors (texts, dimension) that gradients go through.

    In parts of alike lengths: half of the time would go into padding otherwise. On a processor,
    each part is computed again as gradients come back: 2 GB of memory instead of 15.
    """
    import torch
    from torch.utils.checkpoint import checkpoint

    device = model.device
    size = PARTS.get(device.type, PART)
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    parts = []
    for start in range(0, len(order), size):
        prefixed = [model.prompts[prompt] + texts[place] for place in order[start : start + size]]
        found = model[0].tokenizer(
            prefixed, padding=True, truncation=True, max_length=tokens, return_tensors="pt"
        )
        given = dict(found.to(device))
        if device.type == "cpu":
            parts.append(checkpoint(forward, model, given, use_reentrant=False))
        else:
            parts.append(forward(model, given))
    return torch.cat(parts)[torch.tensor(order, device=device).argsort()]


def forward(model: Any, inputs: dict[str, Any]) -> Any:
    """Return the vectors of texts: layers run in bfloat16, what comes after them in float32."""
    import torch

    with torch.autocast(model.device.type, dtype=torch.bfloat16):
        found = model[0](dict(inputs))
    found["token_embeddings"] = found["token_embeddings"].float()
    for module in list(model)[1:]:
        found = module(found)
    return found["sentence_embedding"]
