"""Write the figures of README.md, docs/ and the model card from the committed results.

    .venv/bin/python -m benchmarks tables            # write them
    .venv/bin/python -m benchmarks tables --check    # only say which are not up to date

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

from benchmarks import tables_screens, tables_speed
from recueil_qa.evaluation import report

ROOT = Path(__file__).resolve().parents[1]
VERSION = version("recueil-qa")
DOCUMENTS = (
    *("README.md", "docs/quality.md", "docs/reliability.md"),
    *("docs/performance.md", "docs/scale.md"),
    "models/recueil-e5/README.md",
)
FOLDERS = "builds refused for a folder in a file's place"
REFUSED = "refused with the package's own error"
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
        f"Abstention on `eval/`: AUROC {found['AUROC']:.3f}; {found['answerable kept']:.0%} of the "
        f"answerable queries are kept, {found['unanswerable refused']:.0%} of the others refused, "
        f"{found['unanswerable answered']:.0%} answered."
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
    measured = {name: title for name, title in ENCODERS.items() if name in results}
    rows = []
    for key, label in APART.items():
        place, group = ("eval", "held out") if key == "held out" else (key, "all")
        cells = [f"{label} ({results['base'][place][group]['queries']})"]
        for encoder in measured:
            found = results[encoder][place][group]
            low, high = found["interval"]
            cells.append(f"{found['nDCG@10']:.3f} ({low:.2f}–{high:.2f})")
        rows.append(cells)
    return table(["nDCG@10 (95 % interval); queries", *measured.values()], rows)


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

    def seconds(name: str, digits: int = 1) -> str:
        return f"{timed[f'recueil-qa {name}']['seconds']:.{digits}f} s"

    return (
        f"A warm question takes {warm['ask, median']:.0f} ms, "
        f"{warm['encoding alone, median']:.0f} of them in the encoder; `recueil-qa ask` from a "
        f"cold shell {seconds('ask, cold')}, `recueil-qa --help` {seconds('--help', 2)}. "
        f"A full build takes {seconds('build, full', 0)}; after a line was changed "
        f"{seconds('build, a line changed')}, and {seconds('build, nothing changed')} to see "
        "that nothing was."
    )


def rebuilds() -> str:
    """Return what builds take, of the booklet and of a large collection."""
    found = read(f"benchmarks/results/speed-{VERSION}.json")
    timed, bare = found["commands"], found["bare encoding"]
    large = read(f"benchmarks/results/large-build-{VERSION}.json")
    rows = [
        [f"`{name}`", f"{timed[f'recueil-qa {name}']['seconds']:.1f} s"]
        for name in (
            "build, nothing changed",
            "build, a line changed",
            "build, a question less",
            "build, full",
        )
    ]
    rows.append([f"encoding {count(bare['texts'])} texts alone", f"{bare['seconds']:.1f} s"])
    return "\n".join(
        [
            table(["whole command, the booklet", "median"], rows),
            "",
            f"{count(large['passages'])} passages of {count(large['practices'])} practices are "
            f"built within {large['peak of the build, MiB']:,} MiB, of which the process with the "
            f"encoder loaded has {large['encoder loaded, MiB']} MiB before it starts; without the "
            f"encoding this takes {large['build without encoding, s']:.0f} s, and opening the "
            f"build {large['opening, s']:.0f} s.",
        ]
    )


def reliability(*names: str) -> list[dict[str, Any]]:
    """Return the results of some tests of `benchmarks/reliability`."""
    found = read(f"benchmarks/results/reliability-{VERSION}.json")
    return [found[name] for name in names]


def count(number: int) -> str:
    """Return a number of things as it is read."""
    return f"{number:,}"


def kills() -> str:
    """Return what killing builds did."""
    found, pairs = reliability("kills", "pairs")
    texts, saved = (
        found["texts to encode"],
        found["texts that the next build found in the cache"],
    )
    return (
        f"{found['kills']} builds of {found['seconds of a whole build']:.1f} s killed, "
        f"{found['kills within the switch']} of them within the switch: "
        f"{found['broken or mixed indexes, leftovers, needless encoding']} broken or mixed "
        f"indexes, leftovers or needless encodings. After the kill the old build served "
        f"{found['old build in service after the kill']} times, the new one "
        f"{found['new build in service after the kill']} times; "
        f"{found['kills that left files behind']} kills left files, which the next build with work "
        f"removed; "
        f"{found['kills of a build that was encoding']} came half-way through the encoding. Of "
        f"{count(texts)} texts to encode, {count(saved)} ({100 * saved / texts:.0f} %) had been "
        f"encoded by the build that died. Meanwhile {count(found['questions asked meanwhile'])} "
        f"questions were answered by {found['builds that the reader answered from']} builds: "
        f"{found['failed questions']} failed. Two builds at once, "
        f"{pairs['rounds of two builds at once']} rounds, the first one killed in "
        f"{pairs['of which the first was killed']}: {len(pairs['faults'])} faults."
    )


def damage() -> str:
    """Return what damaging files did."""
    (found,) = reliability("corruption")
    serving, refused = found["of the build that serves"], found["of these refused on opening"]
    wrong = found["wrong answers, wrong vectors, tracebacks, damage not told"]
    return (
        f"{count(found['damages'])} damages to {found['files damaged']} files: {wrong} wrong "
        f"answers, wrong vectors, tracebacks or damages not told. Of "
        f"{count(found['of the build that serves'])} to the build that serves, "
        f"{count(found['of these refused on opening'])} "
        f"({100 * refused / serving:.0f} %) were "
        f"refused on opening; of {count(found['doctor asked'])} shown to the doctor, "
        f"{count(found['of these told by the doctor'])} were told. Of "
        f"{count(found['of the vector cache'])} to the cache, "
        f"{count(found['builds from a damaged cache, same bytes'])} were built over with the same "
        f"bytes, {count(found['of these that encoded again'])} by encoding again; a folder in a "
        f"file's place refused the build {found[FOLDERS]} "
        "times."
    )


def hostile() -> str:
    """Return what hostile inputs did."""
    found, bombs = reliability("fuzzing", "cases")
    outside = found["files outside of the given folders opened, changes, programs, connections"]
    return (
        f"{count(found['inputs'])} inputs for {found['targets']} targets: "
        f"{count(found['taken'])} taken, "
        f"{count(found[REFUSED])} refused with the package's own "
        f"error, {count(found['other exceptions'])} other exceptions "
        f"({found['faults of different kinds']} kinds of fault), {outside} escapes. The slowest "
        f"took {found['slowest input, s']:.1f} s. Made to hurt: {bombs['cases']}, refused: "
        f"{bombs['refused']}; links out of the corpus refused: "
        f"{found['links out of the corpus refused']} of 8."
    )


def load() -> str:
    """Return what many questions at once did."""
    rows = read(f"benchmarks/results/reliability-{VERSION}.json")
    told = []
    for key, encoder in (("load", "the tests' encoder"), ("load, real encoder", "`recueil-e5`")):
        if found := rows.get(key):
            told.append(
                f"{count(found['questions'])} questions from {found['threads']} threads with "
                f"{encoder}, in {found['seconds']:.0f} s, answered by "
                f"{found['builds that answered']} builds under {found['changes of what serves']} "
                "changes of what serves: "
                f"{found['failed questions, answers other than alone']} failed or differed. Memory "
                f"after the first thousand {found['memory after the first thousand, MiB']} MiB, "
                f"at the end {found['memory at the end, MiB']} MiB "
                f"({found['growth of memory, %']:+.1f} %)."
            )
    return " ".join(told)


def collections() -> str:
    """Return what a collection without questions of its own gets, alone and beside the booklet."""
    sets = result("collections")["sets"]
    rows = []
    for name, groups in sets.items():
        for group, found in groups.items():
            kept, refused = (f"{found.get(what, 0):.0f}" for what in ("kept", "refused"))
            rows.append(
                [
                    name + ("" if group == "all" else f", {group}"),
                    f"{found.get('nDCG@10', 0):.3f}",
                    f"{found.get('P@1', 0):.2f}",
                    f"{kept} of {found['questions']:.0f}",
                    f"{refused} of {found['unanswerable']:.0f}",
                    f"{found['fragments']:.0f}",
                ]
            )
    head = ["questions on", "nDCG@10", "P@1", "kept", "refused", "first line no quotation"]
    return table(head, rows)


def from_result(make: Callable[[Any, Any], str], name: str) -> Callable[[], str]:
    """Return a maker of a table from one result."""
    return lambda: make(result(name), table)


def graded_screens(name: str) -> list[dict[str, Any]]:
    """Return the screens of a file that were read by hand."""
    return [json.loads(line) for line in (ROOT / "eval" / name).read_text("utf-8").splitlines()]


def result(name: str) -> Any:
    """Return a result of this version."""
    return read(f"benchmarks/results/{name}-{VERSION}.json")


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
        collections,
        comparison,
        wild,
        fusion,
        speed,
        rebuilds,
        kills,
        damage,
        hostile,
        load,
    )
} | {
    "screens": from_result(tables_screens.screens, "first-screen"),
    "real": lambda: tables_screens.real(
        read(f"benchmarks/results/first-screen-{VERSION}-before-heads.json"),
        result("first-screen"),
        result("heads"),
        result("quoted-lines"),
        table,
    ),
    "quoted": from_result(tables_screens.quoted, "quoted-lines"),
    "reader": from_result(tables_screens.reader, "reader-replay"),
    "bands": from_result(tables_screens.bands, "first-screen"),
    "graded": lambda: tables_screens.graded(graded_screens("screens.jsonl"), table),
    "graded-real": lambda: tables_screens.graded(graded_screens("screens-real.jsonl"), table),
    "typed": from_result(tables_screens.typed, "first-screen"),
    "lines": from_result(tables_screens.lines, "first-screen"),
    "paired": from_result(tables_speed.paired, "paired"),
    "parts": from_result(tables_speed.parts, "parts"),
    "cold": from_result(tables_speed.cold, "parts"),
    "scale": lambda: tables_speed.scale(result("scale"), result("parts"), table),
    "threads": from_result(tables_speed.threads, "parts"),
    "composed": from_result(tables_speed.composed, "scale"),
    "peers": from_result(tables_speed.peers, "peers"),
    "peers-summary": from_result(tables_speed.peers_summary, "peers"),
    "capacity": lambda: tables_speed.capacity(
        result("scale"), result("parts"), result("speed"), table
    ),
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
