"""A made collection in English, `methods`: thirty cards with facets of their own and no sector."""

from __future__ import annotations

from pathlib import Path

METHODS_TOML = """
id = "methods"
title = "Cards for service teams"
language = "en"
publisher = "Ashby Service Lab"

[[sections]]
name = "what"
headings = ["What"]
role = "context"

[[sections]]
name = "how"
headings = ["How to do it"]
role = "advice"

[[facets]]
name = "phase"
label_fr = "Étape"
label_en = "Phase"

[[facets]]
name = "tag"
label_fr = "Mot-clé"
label_en = "Tag"
"""

PHASES = ("Discover", "Decide", "Make", "Check", "Keep going")
# What a card is about → what it says, its tags.
SUBJECTS = {
    "Shadow a counter": ("Sit beside the staff for a whole morning", ["Counter", "Observation"]),
    "Walk the queue": ("Time how long each visitor stands in line", ["Counter", "Measure"]),
    "Read letters aloud": ("Have a visitor read the letter to you", ["Écrit", "Observation"]),
    "Call your own number": ("Ring the switchboard as a resident would", ["Telephone", "Measure"]),
    "Map the handovers": ("Draw each desk that a request passes by", ["Workshop"]),
    "Rank the reasons": ("Sort last month's calls by their reason", ["Telephone", "Workshop"]),
}


def write_methods(root: Path) -> Path:
    """Write the collection `methods` under `root`; return its folder."""
    folder = root / "methods"
    (folder / "practices").mkdir(parents=True)
    (folder / "collection.toml").write_text(METHODS_TOML, "utf-8")
    number = 0
    for phase in PHASES:
        for title, (said, tags) in SUBJECTS.items():
            number += 1
            front = [
                f"id: methods-card-{number:02}",
                f"title: {title}, to {phase.lower()}",
                "facets:",
                f"  phase: {phase}",
                f"  tag: [{', '.join(tags)}]",
                "author: Ashby Service Lab",
                "status: tried",
                f"url: https://ashby.invalid/cards/{number}",
            ]
            text = "\n".join(front)
            (folder / "practices" / f"card-{number:02}.md").write_text(
                f"---\n{text}\n---\n\n## What\n\nA way to {phase.lower()} with the team.\n\n"
                f"## How to do it\n\n- {said}\n- Note what surprised you to {phase.lower()}\n",
                "utf-8",
            )
    return folder
