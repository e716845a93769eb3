"""Heads made by hand, or fitted in a moment."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from recueil_qa.index.heads import Fit, Heads
from recueil_qa.learning import calibrating, fitting, schooling
from recueil_qa.regression import Regression


def quick_fitting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit heads in a moment, from a few statements on."""
    for name, value in (("WIDTH", 8), ("EPOCHS", 4), ("BATCH", 8)):
        monkeypatch.setattr(fitting, name, value)
    monkeypatch.setattr(calibrating, "SEEDS_LEFT_OUT", 1)
    monkeypatch.setattr(schooling, "LEAST", 4)


def made_heads(
    said: Mapping[str, float],
    *,
    addresses: float = 0.0,
    helps: float = 0.0,
    dimension: int = 64,
    encoder: str = "hash@test",
    key: str = "",
) -> Heads:
    """Return heads that say the same of any query: the logits of practices, and of an answer.

    A practice addresses it from a chance of 0.8 on, and nothing does below 0.5.
    """
    layers = {
        "hidden": np.zeros((dimension, 1), np.float32),
        "hidden_bias": np.zeros(1, np.float32),
        "practices": np.zeros((1, len(said)), np.float32),
        "practices_bias": np.array([*said.values()], np.float32),
        "answered": np.zeros((1, 2), np.float32),
        "answered_bias": np.array([addresses, helps], np.float32),
    }
    read = {
        name: Regression(weights={name: 1.0}, intercept=0, threshold=bound, cross_validated={})
        for name, bound in (("addresses", 0.8), ("helps", 0.5))
    }
    about = {"encoder": encoder, "key": key, "practices": tuple(said)}
    return Heads(Fit.model_validate(about | {"statements": 0, "outside": 0} | read), layers)
