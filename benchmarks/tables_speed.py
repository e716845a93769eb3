"""The tables of speed and size, for `tables`."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, log2
from typing import Any

Read = Callable[[str], Any]
Table = Callable[[list[str], list[list[str]]], str]
HUNDRED_MILLION = 100_000_000
LINKS, FIELDS, CORES = 32, 100, 2
MACHINE, USED = 64 * 2**30, 0.7
DOUBLINGS = "for each doubling since the row above"


def parts(found: Any, table: Table) -> str:
    """Return the milliseconds of each part of a warm question."""
    took = dict(found["a warm question, ms"])
    ratio = took.pop("whole question, in times of the encoder alone")
    rows = [[name, f"{value:.2f} ms"] for name, value in took.items()]
    told = (
        f"A whole question takes {ratio:.2f} times what the encoder alone does (median of pairs)."
    )
    return "\n".join([table(["part of a warm question", "median"], rows), "", told])


def threads(found: Any, table: Table) -> str:
    """Return what a second thread brings a question, and takes from others."""
    rows = [
        [
            threads,
            f"{row['alone, ms']:.1f} ms",
            f"{row['processor time, ms']:.0f} ms",
            *(f"{row[f'questions a second, {callers} at once']:.0f}" for callers in (2, 16)),
        ]
        for threads, row in found["threads of a question"].items()
    ]
    head = ["threads", "alone", "processor time", "questions a second, 2 at once", "16 at once"]
    return table(head, rows)


def cold(found: Any, table: Table) -> str:
    """Return the seconds that each step adds to a cold process."""
    took = dict(found["a cold process, s"])
    memory = took.pop("memory at most, MiB")
    rows = [[name, f"{value:.2f} s"] for name, value in took.items()]
    told = f"The process has {memory:.0f} MiB at most."
    return "\n".join([table(["step of a cold process", "median"], rows), "", told])


def peers_summary(found: Any, table: Table) -> str:
    """Return the most telling columns of `peers`."""
    rows = [
        [
            system["label"],
            f"{row['cold, s']:.1f} s",
            f"{row['warm p50, ms']:.0f} ms",
            f"{row['beyond the encoder p50, ms']:.1f} ms",
            f"{row['memory, MiB']:,} MiB",
            f"{row['nDCG@10']['fr']:.2f} / {row['nDCG@10']['en']:.2f}",
        ]
        for system in found["systems"].values()
        for row in [system["all"]]
    ]
    head = ["", "first answer", "warm answer", "beyond the encoder", "memory", "nDCG@10 fr / en"]
    return table(head, rows)


def peers(found: Any, table: Table) -> str:
    """Return what this project and its peers take on the same texts, and what is wanted."""
    machine, runs, texts = found["machine"], found["runs"], found["texts"]
    rows = []
    for system in found["systems"].values():
        every, booklet = system["all"], system["documents"]
        rows.append(
            [
                system["label"],
                f"{every['cold, s']:.1f} s",
                f"{every['warm p50, ms']:.0f} / {every['warm p95, ms']:.0f} ms",
                f"{every['beyond the encoder p50, ms']:.1f} ms",
                f"{every['build, s']:.0f} s",
                f"{every['memory, MiB']:,} MiB",
                f"{system['installed, MiB']:,} MiB",
                *(
                    f"{corpus['nDCG@10']['fr']:.2f} / {corpus['nDCG@10']['en']:.2f}"
                    for corpus in (every, booklet)
                ),
            ]
        )
    head = ["", "cold", "warm p50 / p95", "beyond the encoder", "build", "memory", "installed"]
    head += ["nDCG@10 fr / en", "booklet alone"]
    told = []
    for name, row in found["asked for"].items():
        said = "met" if row["met"] else "missed"
        told.append(f"{name}, {row['asked']}: {row['measured']} ({said})")
    return "\n".join(
        [
            table(head, rows),
            "",
            f"One run of {found['date'][:10]} on {machine['cores']} cores ({machine['processor']}, "
            f"load {machine['load at the start']:.1f} at the start): the same "
            f"{texts['all']:,} texts, {runs['queries']} queries and weights; cold the median "
            f"of {runs['cold']} whole processes taken in turns, memory after the queries. The "
            f"last column is over the {texts['documents']} titles and sections of the booklet, "
            "without the questions (this project indexes their lines too). Wanted: "
            f"{'; '.join(told)}.",
        ]
    )


def scale(found: Any, parts: Any, table: Table) -> str:
    """Return what each size of collection costs, and how that grows."""
    rows, before = [], None
    encoder, slower = parts["a warm question, ms"]["encoder alone"], [0.0]
    for name, row in found["sizes"].items():
        size, beyond = int(name), row["beyond the encoder, ms"]
        growth = ["", ""]
        if before:
            doublings = log2(size / before[0])
            growth = [
                f"× {(now / then) ** (1 / doublings):.2f}"
                for now, then in zip(
                    (row["build without encoding, s"], beyond["median"]), before[1:], strict=True
                )
            ]
            ratio = (encoder + beyond["median"]) / (encoder + before[2])
            slower.append(ratio ** (1 / doublings) - 1)
        before = (size, row["build without encoding, s"], beyond["median"])
        rows.append(
            [
                f"{row['passages']:,}",
                f"{row['build without encoding, s']:,.0f} s",
                growth[0],
                f"{row['memory of the build at most, MiB']:,} MiB",
                f"{row['files of the build, MiB']:,} MiB",
                f"{row['opening, s']:.1f} s",
                f"{beyond['median']:.1f} / {beyond['95 %']:.1f} ms",
                growth[1],
                f"{row['memory after the questions, MiB']['now']:,} MiB",
                f"{row['engine'].get('recall@10', 1):.3f}",
                f"{row['share of its ten practices']:.3f}",
            ]
        )
    head = ["passages", "build", "growth", "its memory", "on disk", "opening", "p50 / p95"]
    head += ["growth", "memory", "recall@10", "same ten practices"]
    told = (
        "Build: without the encoding. p50 / p95: of a question beyond the encoder. Growth: "
        f"{DOUBLINGS}; with the encoder's {encoder:.1f} ms, one takes at most "
        f"{max(slower):.0%} longer. Recall: of the ten nearest vectors, measured by the build "
        "against exact search. Same ten practices: as when every passage is scored."
    )
    return "\n".join([table(head, rows), "", told])


def composed(found: Any, table: Table) -> str:
    """Return how made vectors compare with encoded ones."""
    made = found["composed"]
    names = list(made["encoded"])
    rows = [
        [name, *(f"{made[kind][name]:.3f}" for kind in ("encoded", "composed"))] for name in names
    ]
    return table([f"of {made['texts']:,} texts", "encoded", "composed"], rows)


def capacity(found: Any, parts: Any, speed: Any, table: Table) -> str:
    """Return what a hundred million passages and a thousand questions a second need, computed."""
    name, row = max(found["sizes"].items(), key=lambda size: int(size[0]))
    passages, sizes = row["passages"], row["bytes of each file"]
    dimension = round((sizes["vectors.faiss"] - 45) / 4 / passages)
    vector = dimension * 4
    words = (sizes["bm25/data.csc.index.npy"] - 128) / 4 / passages
    texts = sum(sizes[file] for file in ("passages.jsonl", "passages.npy", "practices.jsonl"))
    links = LINKS * 2 * 4
    server = vector + links + words * 8 + FIELDS
    whole = server * HUNDRED_MILLION
    machines = ceil(whole / (MACHINE * USED))
    encoder = parts["a warm question, ms"]["encoder alone"]
    beyond = row["beyond the encoder, ms"]["median"]
    rate = speed["bare encoding"]["texts"] / speed["bare encoding"]["seconds"] / CORES
    days = HUNDRED_MILLION / rate / 86_400
    rows = [
        ["texts and facts on the disk of each machine that answers",
         f"{texts / passages:,.0f} B a passage", f"{_tib(texts / passages * HUNDRED_MILLION)}"],
        ["dense vector in the server", f"{vector:,} B a passage", _tib(vector * HUNDRED_MILLION)],
        [f"its links in a graph (M = {LINKS})", f"{links} B", _tib(links * HUNDRED_MILLION)],
        [f"weights of {words:.1f} stems", f"{words * 8:.0f} B",
         _tib(words * 8 * HUNDRED_MILLION)],
        ["fields for filters (reckoned)", f"{FIELDS} B", _tib(FIELDS * HUNDRED_MILLION)],
        ["**the server's memory, one replica**", f"**{server:,.0f} B a passage**",
         f"**{_tib(whole)}**"],
        [f"machines of 64 GiB, {USED:.0%} used", "", f"{machines} a replica"],
        ["cores that encode 1,000 questions a second", f"{encoder:.1f} ms each",
         f"{ceil(encoder)} cores"],
        ["cores that score their candidates", f"{beyond:.1f} ms each, at {int(name):,} passages",
         f"{ceil(beyond)} cores"],
        ["encoding all passages once", f"{rate:.0f} texts a second a core",
         f"{days:,.0f} core-days"],
    ]  # fmt: skip
    return table(["", "measured or reckoned", "at 100 million passages"], rows)


def _tib(size: float) -> str:
    return f"{size / 2**30:,.0f} GiB"


def paired(found: Any, table: Table) -> str:
    """Return what a warm answer costs beside that of the version before."""
    rows = [
        [name, *(f"{found['median, ms'][which][name]:.1f}" for which in ("other", "this"))]
        for name in found["median, ms"]["this"]
    ]
    return table(["processor time of a warm answer, ms", "before", "now"], rows)
