"""Draw the figures of README.md and docs/quality.md from the committed results.

.venv/bin/python -m benchmarks plots
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams |= {"svg.hashsalt": "recueil-qa", "font.size": 9, "axes.spines.top": False}
mpl.rcParams |= {"axes.spines.right": False, "svg.fonttype": "none"}

from matplotlib import pyplot as plt  # noqa: E402 - the backend comes first

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
VERSION = version("recueil-qa")
COLOURS = {"fr": "#0b4f8a", "en": "#c4622d", "all": "#555555"}


def read(name: str) -> Any:
    return json.loads((ROOT / name).read_text("utf-8"))


def save(figure: Any, name: str) -> None:
    figure.tight_layout()
    # A date would make every drawing a change.
    figure.savefig(IMAGES / f"{name}.svg", metadata={"Date": None})
    print(f"docs/images/{name}.svg: written")


def ablation() -> None:
    """Draw nDCG@10 of every system, per language."""
    systems = read(f"eval/results/{VERSION}.json")["ablation"]
    figure, axes = plt.subplots(figsize=(7, 4.4))
    names = list(systems)[::-1]
    for shift, language in ((0.2, "fr"), (-0.2, "en")):
        values = [systems[name][language]["nDCG@10"] for name in names]
        places = [place + shift for place in range(len(names))]
        axes.barh(places, values, 0.38, label=language, color=COLOURS[language])
        for place, value in zip(places, values, strict=True):
            axes.text(value + 0.005, place, f"{value:.2f}", va="center", fontsize=7)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlim(0, 1)
    axes.set_xlabel("nDCG@10 on eval/")
    axes.legend(loc="lower right", frameon=False)
    save(figure, "ablation")


def curves() -> None:
    """Draw nDCG@10 as each number of the fusion is moved alone."""
    moved = read(f"benchmarks/results/sweep-{VERSION}.json")["nDCG@10"]
    figure, grid = plt.subplots(2, 4, figsize=(9, 4.2), sharey=True)
    for axes, (name, rows) in zip(grid.flat, moved.items(), strict=False):
        for language in ("fr", "en"):
            values = [row[language] for row in rows.values()]
            axes.plot(list(rows), values, "o-", ms=3, color=COLOURS[language], label=language)
        axes.set_title(name, fontsize=8)
        axes.tick_params(labelsize=7)
    for axes in grid.flat[len(moved) :]:
        axes.set_visible(False)
    grid.flat[0].set_ylabel("nDCG@10")
    grid.flat[0].legend(frameon=False, fontsize=7)
    save(figure, "fusion-curves")


def reliability() -> None:
    """Draw how often real statements, each left out, are addressed, or helped, as predicted."""
    found = read(f"benchmarks/results/heads-{VERSION}.json")["reliability"]
    figure, axes = plt.subplots(figsize=(4, 3.6))
    axes.plot([0, 1], [0, 1], "--", lw=0.8, color="#999999")
    labels = {"addresses": "a practice addresses it", "helps": "some practice helps"}
    for (name, label), colour in zip(labels.items(), COLOURS.values(), strict=False):
        axes.plot(
            [row["predicted"] for row in found[name]],
            [row["true"] for row in found[name]],
            "o-", ms=4, label=label, color=colour,
        )  # fmt: skip
    axes.set_xlabel("predicted chance (left out)")
    axes.set_ylabel("share that came true")
    axes.legend(frameon=False, fontsize=7)
    save(figure, "reliability")


def peers() -> None:
    """Draw what a question takes cold and warm, here and with each peer, over all texts."""
    systems = read(f"benchmarks/results/peers-{VERSION}.json")["systems"]
    rows = [row for _, row in sorted(systems.items(), key=lambda item: -item[1]["all"]["cold, s"])]
    places = range(len(rows))
    figure, (cold, warm) = plt.subplots(1, 2, figsize=(9, 2.8), sharey=True)
    seconds = [row["all"]["cold, s"] for row in rows]
    cold.barh(places, seconds, 0.6, color=COLOURS["fr"])
    for place, value in zip(places, seconds, strict=True):
        cold.text(value, place, f" {value:.1f}", va="center", fontsize=7)
    cold.set_yticks(places, [row["label"] for row in rows])
    cold.set_xlabel("first answer from a cold shell, s")
    encoder = [row["all"]["encoder p50, ms"] for row in rows]
    whole = [row["all"]["warm p50, ms"] for row in rows]
    beyond = [total - part for total, part in zip(whole, encoder, strict=True)]
    warm.barh(places, encoder, 0.6, label="encoder", color=COLOURS["fr"])
    warm.barh(places, beyond, 0.6, left=encoder, label="beyond it", color=COLOURS["en"])
    for place, value in zip(places, whole, strict=True):
        warm.text(value, place, f" {value:.0f}", va="center", fontsize=7)
    warm.set_xlabel("warm question, p50, ms")
    warm.legend(loc="upper right", frameon=False, fontsize=7)
    save(figure, "peers")


def main() -> None:
    ablation()
    curves()
    reliability()
    peers()
