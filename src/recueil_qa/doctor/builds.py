"""What stands around the build that serves: the other ones, what was left behind, the measures."""

from __future__ import annotations

import fcntl
from pathlib import Path

from recueil_qa.builds import listing, locks
from recueil_qa.doctor.finding import Finding, bytes_under, command, size, some
from recueil_qa.errors import IndexDamagedError, IndexMismatchError, IndexMissingError
from recueil_qa.evaluation import report
from recueil_qa.index import files, manifest
from recueil_qa.index.current import CURRENT
from recueil_qa.messages import Command, Text
from recueil_qa.settings import Settings

LEFT_BEHIND = (".build-*", f".{CURRENT}.*")


def space(root: Path) -> tuple[int, int]:
    """Return how many bytes the build that serves takes, and how many the other ones do."""
    found = root.iterdir() if root.is_dir() else ()
    taken = {path.name: bytes_under(path) for path in found if manifest.is_build_name(path.name)}
    serving = taken.get(listing.current_name(root), 0)
    return serving, sum(taken.values()) - serving


def others(settings: Settings) -> Finding | None:
    """Find the builds that are damaged, the one that serves apart: it has its own finding."""
    root = settings.index
    try:
        found = listing.check_builds(root)
    except IndexMissingError:
        return None
    faulty = [build for build in found if build.fault and not build.is_current]
    damaged = [build.name for build in faulty if _is_damaged(root / build.name)]
    if not damaged:
        what = Text(f"{len(found)} version(s), ", f"{len(found)} build(s), ")
        what += size(sum(space(root)))
        if faulty:
            what += Text(
                f", dont {len(faulty)} d'une autre version de recueil-qa",
                f", {len(faulty)} of them of another version of recueil-qa",
            )
        return Finding("builds", "ok", what)
    keep = len(found) - len(damaged)
    return Finding(
        "builds",
        "warning",
        Text(
            f"{len(damaged)} version(s) abîmée(s), où l'on ne pourrait pas revenir : "
            f"{some(damaged)}",
            f"{len(damaged)} damaged build(s), which could not be gone back to: {some(damaged)}",
        ),
        command(settings, "prune", "--keep", str(max(keep, 1))),
    )


def _is_damaged(folder: Path) -> bool:
    """Return whether a build that has a fault is damaged, or only of another version."""
    try:
        files.check_version(manifest.read_manifest(folder))
    except IndexMismatchError:  # whole, as far as this version can tell
        return False
    except IndexDamagedError:
        return True
    return True


def leftovers(settings: Settings) -> Finding | None:
    """Find what killed builds left in the folder of the index."""
    root = settings.index
    if not root.is_dir() or _is_building(root):
        return None
    left = sorted(path for pattern in LEFT_BEHIND for path in root.glob(pattern))
    if not left:
        return Finding(
            "leftovers", "ok", Text("rien d'une construction tuée", "nothing of a killed build")
        )
    names = some([path.name for path in left])
    return Finding(
        "leftovers",
        "warning",
        Text(
            "restes sans danger de constructions tuées ({}) : {}",
            "harmless leftovers of killed builds ({}): {}",
        ).format(size(sum(bytes_under(path) for path in left)), names),
        Command("rm", "-r", "--", *left),
    )


def _is_building(root: Path) -> bool:
    """Return whether some process builds now: what it works on is no leftover."""
    try:
        with (root / locks.BUILD).open("rb") as file:
            # Shared, and let go at once: a build that starts meanwhile can hardly notice.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def evaluation(settings: Settings, corpus: str, encoder: str) -> Finding:
    """Compare what was measured last with the corpus (its hash) and the encoder (its id).

    Raises:
        RowsError: the report can't be read.
    """
    folder = settings.home / "eval"
    found = report.latest_report(folder / "results")
    stem = folder / "results" / manifest.package_version()
    again = command(settings, "evaluate", "--output", f"{stem}.json", "--markdown", f"{stem}.md")
    if found is None:
        if not (folder / "queries.jsonl").is_file():
            return Finding("evaluation", "ok", Text("pas de questions jugées", "no judged queries"))
        what = Text("jamais mesuré", "never measured")
    elif found.corpus != corpus:
        what = Text("mesuré sur un autre corpus", "measured on another corpus")
    elif found.encoder != encoder:
        what = Text(
            f"mesuré avec un autre encodeur, {found.encoder}",
            f"measured with another encoder, {found.encoder}",
        )
    else:
        count = found.queries.get("all", 0)
        return Finding(
            "evaluation",
            "ok",
            Text(
                f"mesuré sur {count} questions, recueil-qa {found.package}",
                f"measured on {count} queries, recueil-qa {found.package}",
            ),
        )
    return Finding("evaluation", "warning", what, again)
