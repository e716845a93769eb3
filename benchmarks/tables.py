"""Write the figures of README.md, docs/quality.md and the model card from the committed results.

    .venv/bin/python benchmarks/tables.py            # write them
    .venv/bin/python benchmarks/tables.py --check    # only say which are not up to date

A figure stands between `<!-- figures: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from recueil_qa import report

ROOT = Path(__file__).resolve().parents[1]
VERSION = version("recueil-qa")
DOCUMENTS = ("README.md", "docs/quality.md", "models/recueil-e5/README.md")
BLOCK = re.compile(r"(<!-- figures: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
APART = {
    "eval": "`eval/`, all 110 queries",
    "held out": "`eval/`, queries for the ten held-out practices",
    "wild": "statements of real public bodies, on this booklet",
    "cnil": "CNIL's FAQ: 503 answers, no questions, nothing tuned",
}
ENCODERS = {
    "base": "general encoder (multilingual-e5-small, trimmed)",
    "held-out": "trained without ten practices",
    "shipped": "`recueil-e5`",
}


def read(name: str) -> Any:
    return json.loads((ROOT / name).read_text("utf-8"))


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(
        "| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows]
    )


def summary() -> str:
    """Return the measures of each language with their intervals."""
    found = read(f"eval/results/{VERSION}.json")

    def cell(group: str, name: str, values: dict[str, dict[str, float]], prefix: str = "") -> str:
        low, high = found["intervals"][prefix + group][name]
        return f"{values[group][name]:.2f} ({low:.2f}–{high:.2f})"

    rows = [
        [label, *(cell(group, name, found["measures"]) for group in ("fr", "en"))]
        for label, name in (
            ("nDCG@10", "nDCG@10"),
            ("P@1", "P@1"),
            ("Recall@5, of those judged 2", "R(rel=2)@5"),
            ("Recall@5, of all relevant (3.6 a query)", "Recall@5"),
        )
    ]
    rows += [
        [label, *(cell(group, name, found["advice"], "advice ") for group in ("fr", "en"))]
        for label, name in (
            ("advice: exact line first", "advice top-1"),
            ("advice: exact line in the top 3", "advice top-3"),
        )
    ]
    return table(["measure (95 % interval)", "French", "English"], rows)


def app() -> str:
    """Return how long the page takes, alone and with twenty visitors."""
    found = read(f"benchmarks/results/app-{VERSION}.json")["app"]
    return (
        f"The page is drawn in {found['first render, s']:.1f} s and an answer stands "
        f"{found['answer after Enter, s']:.2f} s after Enter. {found['visitors at once']} visitors "
        f"who ask at the same moment have the server's answer after "
        f"{found['answer, all at once, drawn elsewhere, median, s']:.1f} s (median); when their "
        f"{found['visitors at once']} browsers run on the server's two cores as well, after "
        f"{found['answer, all at once, median, s']:.1f} s. "
        f"A visit takes {found['memory a visit, MiB']:.1f} MiB, the server "
        f"{found['memory of the server, MiB']} MiB."
    )


def abstention() -> str:
    """Return how well it says no."""
    found = read(f"eval/results/{VERSION}.json")["abstention"]
    return (
        f"Abstention (cross-validated): AUROC {found['AUROC, cross-validated']:.3f}; at the "
        f"shipped threshold {found['answerable kept, cross-validated']:.0%} of the answerable "
        f"queries are kept and {found['unanswerable refused, cross-validated']:.0%} of the others "
        "refused."
    )


def noise() -> str:
    """Return what slips of the keyboard cost."""
    found = read(f"eval/results/{VERSION}.json")["noise"]
    return (
        f"{found['twins']:.0f} queries typed with care and in haste (slips, no accents): nDCG@10 "
        f"{found['nDCG@10, clean']:.3f} and {found['nDCG@10, noisy']:.3f}."
    )


def styles() -> str:
    """Return nDCG@10 and P@1 by style."""
    found = read(f"eval/results/{VERSION}.json")
    rows = []
    for group in ("short", "sentence", "narrative", "noisy"):
        cells = [group, str(found["queries"][group])]
        for name in ("nDCG@10", "P@1"):
            low, high = found["intervals"][group][name]
            cells.append(f"{found['measures'][group][name]:.2f} ({low:.2f}–{high:.2f})")
        rows.append(cells)
    return table(["style", "queries", "nDCG@10", "P@1"], rows)


def ablation() -> str:
    """Return every system that was compared."""
    systems = read(f"eval/results/{VERSION}.json")["ablation"]
    names = ("nDCG@10", "P@1", "Recall@5")
    head = ["system", *(f"{name} {group}" for name in names for group in ("fr", "en"))]
    rows = [
        [system, *(f"{by[group][name]:.2f}" for name in names for group in ("fr", "en"))]
        for system, by in systems.items()
    ]
    return table(head, rows)


def generality() -> str:
    """Return nDCG@10 of the encoders on what they saw and did not see."""
    results = read(f"benchmarks/results/generality-{VERSION}.json")
    rows = []
    for key, label in APART.items():
        place, group = ("eval", "held out") if key == "held out" else (key, "all")
        cells = [f"{label} ({results['base'][place][group]['queries']})"]
        for encoder in ENCODERS:
            found = results[encoder][place][group]
            low, high = found["interval"]
            cells.append(f"{found['nDCG@10']:.3f} ({low:.2f}–{high:.2f})")
        rows.append(cells)
    return table(["nDCG@10 (95 % interval); queries", *ENCODERS.values()], rows)


def comparison() -> str:
    """Return the general encoder against the shipped one, with a paired test."""
    folder = ROOT / "eval" / "results"
    before = report.read_report(folder / f"{VERSION}-general-encoder.json")
    after = report.read_report(folder / f"{VERSION}.json")
    rows = [
        [row.measure, str(row.queries), f"{row.before:.3f}", f"{row.after:.3f}", f"{row.p:.4f}"]
        for row in report.compare(before, after)
    ]
    return table(["measure", "queries", "general encoder", "`recueil-e5`", "p"], rows)


def wild() -> str:
    """Return the statements of real bodies, by language."""
    results = read(f"benchmarks/results/generality-{VERSION}.json")
    parts = []
    for language, name in (("fr", "French"), ("en", "English")):
        before, after = (results[e]["wild"][language] for e in ("base", "shipped"))
        parts.append(
            f"{name} ({after['queries']} queries) {before['nDCG@10']:.2f} before training, "
            f"{after['nDCG@10']:.2f} after ({after['interval'][0]:.2f}–{after['interval'][1]:.2f})"
        )
    return "nDCG@10 on statements that real public bodies wrote: " + "; ".join(parts) + "."


def fusion() -> str:
    """Return what choosing the numbers of the fusion would bring."""
    found = read(f"benchmarks/results/sweep-{VERSION}.json")
    grid, lines = found["fusion"], found["advice"]["top-1 plus top-3"]
    return (
        f"Of {grid['systems']} systems of a grid, nDCG@10 over all queries goes from "
        f"{grid['worst']:.3f} to {grid['best']:.3f}; the one shipped has {grid['shipped']:.3f}; "
        f"choosing on nine tenths of the queries gives {grid['chosen, on unseen folds']:.3f} "
        "on the rest. "
        f"Advice, top-1 plus top-3: {lines['shipped']:.3f} shipped, "
        f"{lines['chosen, on unseen folds']:.3f} chosen by folds, {lines['best']:.3f} the best of "
        f"{lines['systems']}."
    )


def speed() -> str:
    """Return times of commands."""
    warm = read(f"eval/results/{VERSION}.json")["latency_ms"]
    timed = read(f"benchmarks/results/speed-{VERSION}.json")["commands"]
    cold, full = timed["recueil-qa ask, cold"], timed["recueil-qa build, full"]
    return (
        f"A warm question takes {warm['ask, median']:.0f} ms, "
        f"{warm['encoding alone, median']:.0f} of them in the encoder; a full build "
        f"{full['seconds']:.0f} s; `recueil-qa ask` from a cold shell {cold['seconds']:.0f} s, "
        "nearly all of it loading PyTorch; `recueil-qa --help` "
        f"{timed['recueil-qa --help']['seconds']:.2f} s."
    )


BLOCKS: dict[str, Callable[[], str]] = {
    made.__name__: made
    for made in (
        summary,
        abstention,
        app,
        noise,
        styles,
        ablation,
        generality,
        comparison,
        wild,
        fusion,
        speed,
    )
}


def rewritten(text: str) -> str:
    """Return a document with its figures as the results have them."""
    return BLOCK.sub(lambda match: f"{match[1]}{BLOCKS[match[2]]()}\n{match[3]}", text)


def main() -> None:
    stale = []
    for name in DOCUMENTS:
        path = ROOT / name
        text = path.read_text("utf-8")
        fresh = rewritten(text)
        if fresh != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(fresh, "utf-8")
    print("up to date" if not stale else f"changed: {', '.join(stale)}")
    if stale and "--check" in sys.argv:
        sys.exit(1)


if __name__ == "__main__":
    main()
