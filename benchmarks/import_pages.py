"""A made collection of a thousand pages in ten layouts: imported, examined, updated, asked.

    .venv/bin/python -m benchmarks import-pages [PAGES]        # under two minutes

Wall and CPU seconds of each step in one process, and what an update tells once twenty pages have
changed, one was renamed and one has gone. The encoder is one of hashes: how long encoding takes is
measured elsewhere, and what is asked here is whether each page is found by its own trouble. The
commands `validate` and `doctor` run as users run them, from the start of their process, and with
the shipped encoder's files to check.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from recueil_qa.builds.build import build_index
from recueil_qa.corpus.importing.pages.run import Asked, import_pages
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.identity import encoder_id
from recueil_qa.search.searcher import Searcher
from recueil_qa.settings import load_settings
from tests.support.encoders import HashEncoder
from tests.support.layouts import write
from tests.support.ten_layouts import cards, ten_layouts

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"import-pages-{version('recueil-qa')}.json"
MODEL = ROOT / "models" / "recueil-e5"
PAGES, CHANGED, ASKED = 1_000, 20, 200
# What the doctor has to look at for its time to count.
LOOKED_AT = {"corpus", "orphans", "weights", "index", "contents", "quotations", "privacy"}

PROGRAM = "from recueil_qa.cli.main import main; main()"
Given = TypeVar("Given")


class Clock:
    """The seconds of each step, as the wall and as the processor count them."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, float]] = {}

    def time(self, name: str, step: Callable[[], Given]) -> Given:
        wall, processor = time.perf_counter(), time.process_time()
        given = step()
        self.found[name] = {
            "wall, s": round(time.perf_counter() - wall, 2),
            "CPU, s": round(time.process_time() - processor, 2),
        }
        return given


def measure(home: Path, pages: int) -> dict[str, object]:
    """Return the figures over so many pages, in an empty folder."""
    site = write(home / "site", dict(ten_layouts(pages)))
    folder, clock = home / "corpus" / "dix", Clock()
    folder.parent.mkdir()

    def bring(update: bool = False) -> dict[str, int]:
        asked = Asked((site,), folder, update=update, remove_gone=update)
        changes = import_pages(asked, lambda done, total: None).plan.changes  # noqa: ARG005
        kinds = sorted({change.kind for change in changes})
        return {kind: sum(change.kind == kind for change in changes) for kind in kinds}

    brought = clock.time("import", bring)
    corpus = clock.time("read the corpus", lambda: read_corpus(folder.parent))
    again = clock.time("update, nothing changed", lambda: bring(update=True))
    _change(site)
    changed = clock.time("update", lambda: bring(update=True))
    corpus = read_corpus(folder.parent)
    encoder = HashEncoder()
    encoder.id = encoder_id(str(MODEL))
    clock.time("build, encoder of hashes", lambda: build_index(home / "index", corpus, encoder))
    examined = {name: _run(home, name, clock) for name in ("validate", "doctor")}
    _check(examined)
    settings = load_settings(home=home, index=home / "index", encoder=str(MODEL))
    searcher = Searcher.open(settings, encoder)
    titles = {
        practice.title for collection in corpus.collections for practice in collection.practices
    }
    asked = [card for card in cards(pages) if card.title in titles][:ASKED]
    first = clock.time(
        f"ask {len(asked)}",
        lambda: sum(searcher.ask(c.trouble).hits[0].practice.title == c.title for c in asked),
    )
    return {
        "pages": pages,
        "layouts": 10,
        "imported": brought,
        "updated, nothing changed": again,
        "updated": changed,
        "asked": len(asked),
        "found first": first,
        "seconds": clock.found,
    }


def _run(home: Path, name: str, clock: Clock) -> Any:
    """Run a command over the home, and return the JSON that it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", PROGRAM, name, "--json"],
        env=os.environ | {"RECUEIL_HOME": str(home), "RECUEIL_ENCODER": str(MODEL)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock.found[f"recueil-qa {name}"] = {
        "wall, s": round(wall, 2),
        "CPU, s": round(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, 2),
    }
    return json.loads(done.stdout)


def _check(examined: dict[str, Any]) -> None:
    """Refuse figures of commands that did not look at everything.

    Raises:
        RuntimeError: with what they said.
    """
    sound = {row["check"] for row in examined["doctor"] if row["severity"] == "ok"}
    if examined["validate"]["problems"] or not sound >= LOOKED_AT:
        raise RuntimeError(json.dumps(examined, indent=1))


def _change(site: Path) -> None:
    """Change twenty pages of one layout, rename one of another, remove one."""
    for path in sorted((site / "jekyll").iterdir())[:CHANGED]:
        path.write_text(path.read_text("utf-8").replace("## Conseils", "Et après ?\n\n## Conseils"))
    plain = sorted((site / "simples").iterdir())
    plain[0].rename(plain[0].with_name("autre-nom.md"))
    plain[1].unlink()


def main() -> None:
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else PAGES
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(Path(scratch), pages)
    load = os.getloadavg()[0]
    found["machine"] = f"{os.cpu_count()} cores, shared; load {load:.1f}: CPU seconds count"
    TARGET.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(TARGET.read_text("utf-8"))
