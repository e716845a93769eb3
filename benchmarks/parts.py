"""Time the parts of a question and of a cold process, each the median of many.

.venv/bin/python -m benchmarks parts
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from recueil_qa.analysis.understanding import problems, read_question
from recueil_qa.analysis.words import analyse_query
from recueil_qa.assistant import Assistant
from recueil_qa.search import answering
from recueil_qa.search.answers import ADVICE_LINES
from recueil_qa.search.asked import asked_of
from recueil_qa.search.cards import cards
from recueil_qa.search.confidence import confidence
from recueil_qa.search.direct import direct_line
from recueil_qa.search.retrieval import rank_practices, score
from recueil_qa.search.scope import Scope
from recueil_qa.search.scored import Sought
from recueil_qa.search.verbatim import verbatim
from recueil_qa.types import PRACTICES

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"parts-{version('recueil-qa')}.json"
ROUNDS, PROCESSES, TOP = 5, 9, 10
RUNS, TOKENS, PAUSE = 50, 18, 0.05  # forward passes, of a question of that length, every so often
# What a cold process does, one after the other; the first is Python alone.
STEPS = {
    "Python": "pass",
    "imports": "import recueil_qa.assistant",
    "settings and index": "a = recueil_qa.assistant.Assistant.open()",
    "encoder": "a.load_encoder()",
    "first question": "a.ask('how to reduce repeat calls?')",
    "second question": "a.ask('trop de gens au guichet')",
}


def question() -> dict[str, float]:
    """Return the median milliseconds of each part of a warm question."""
    assistant = Assistant.open()
    index, encoder = assistant.index, assistant.load_encoder()
    rows = (ROOT / "eval" / "queries.jsonl").read_text("utf-8").splitlines()
    queries = [json.loads(row)["text"] for row in rows]
    took: dict[str, list[float]] = defaultdict(list)

    def timed(part: str, started: float) -> float:
        now = time.perf_counter()
        took[part].append((now - started) * 1000)
        return now

    for query in queries:
        assistant.ask(query)
    for query in queries * ROUNDS:
        now = time.perf_counter()
        vector = encoder.encode_query([query])[0]
        now = timed("encoder alone", now)
        asked_of(query, assistant.catalogue)
        read = read_question(query, index.spelling, index.abbreviations)
        problems(read.text)
        stems = analyse_query(read.text)
        now = timed("reading and stems", now)
        scored = score(Scope(index), Sought(query, read.text, stems, vector))
        now = timed("scores and fusion", now)
        confidence(scored)
        now = timed("confidence", now)
        verbatim(scored, query)
        lines = answering.score_lines(scored)
        hits = rank_practices(scored, TOP)
        answering.rank_lines(scored, lines, ADVICE_LINES)
        now = timed("practices, evidence and lines", now)
        cards(scored, lines, hits[:PRACTICES])
        direct_line(scored, lines)
        now = timed("cards and direct line", now)
        assistant.ask(query)
        timed("whole question", now)
    wholes, alone = took["whole question"], took["encoder alone"]
    took["whole question beyond the encoder"] = [
        whole - bare for whole, bare in zip(wholes, alone, strict=True)
    ]
    ratio = median(whole / bare for whole, bare in zip(wholes, alone, strict=True))
    found = {part: round(median(times), 2) for part, times in took.items()}
    return found | {"whole question, in times of the encoder alone": round(ratio, 3)}


def threads() -> dict[str, dict[str, float]]:
    """Return what the encoder's forward pass takes by one thread and by two, alone and not.

    Each after a pause, as people ask: threads that wait for work spin, which costs the processor.
    """
    import onnxruntime

    folder = Path(Assistant.open().settings.encoder)
    drawn = np.random.default_rng(0).integers(5, 5000, (1, TOKENS))
    found: dict[str, dict[str, float]] = {}
    for count in (1, 2):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = count, 1
        session: Any = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)

        def run(_: int, session: Any = session) -> float:
            started = time.perf_counter()
            session.run(None, {"input_ids": drawn})
            return time.perf_counter() - started

        for warming in range(RUNS):
            run(warming)
        alone, spent = [], time.process_time()
        for number in range(RUNS):
            time.sleep(PAUSE)
            alone.append(run(number))
        spent = time.process_time() - spent
        found[str(count)] = {
            "alone, ms": round(median(alone) * 1000, 2),
            "processor time, ms": round(spent / RUNS * 1000, 1),
        }
        for callers in (2, 16):
            with ThreadPoolExecutor(callers) as pool:
                started = time.perf_counter()
                [*pool.map(run, range(10 * RUNS))]
                rate = 10 * RUNS / (time.perf_counter() - started)
            found[str(count)][f"questions a second, {callers} at once"] = round(rate, 1)
    return found


def process() -> dict[str, Any]:
    """Return the median seconds that each step adds to a cold process, and the memory it has."""
    lines = ["import sys, time", "t = [time.perf_counter()]"]
    for step in STEPS.values():
        lines += [step, "t.append(time.perf_counter())"]
    # Linux counts in KiB, and of this program alone; getrusage remembers who started it.
    lines.append("peak = [row for row in open('/proc/self/status') if row.startswith('VmHWM')][0]")
    lines.append("print(*t, int(peak.split()[1]) // 1024)")
    took: dict[str, list[float]] = defaultdict(list)
    for _ in range(PROCESSES):
        started = time.perf_counter()
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, check=True, stdout=subprocess.PIPE
        )
        whole = time.perf_counter() - started
        *times, memory = map(float, done.stdout.split())
        steps = [after - before for before, after in pairwise(times)]
        for name, seconds in zip(STEPS, steps, strict=True):
            took[name].append(seconds)
        took["Python"][-1] = whole - sum(steps[1:])
        took["memory at most, MiB"].append(memory)
    return {name: round(median(values), 3) for name, values in took.items()}


def main() -> None:
    found = {
        "machine": {
            "cores": os.cpu_count(),
            "machine": platform.machine(),
            "python": platform.python_version(),
        },
        "a warm question, ms": question(),
        "a cold process, s": process(),
        "threads of a question": threads(),
    }
    TARGET.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(TARGET.read_text("utf-8"))
