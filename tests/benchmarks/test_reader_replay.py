from __future__ import annotations

import json
from pathlib import Path

from benchmarks.reader_replay import replayed, replies_of
from recueil_qa import Assistant
from recueil_qa.evaluation.rows import JudgedRow

ROWS = [
    JudgedRow(id="a", text="Les appels répétés\nau standard", lang="fr", grades={"petit-p3": 2}),
    JudgedRow(id="b", text="Le parking déborde", lang="fr", grades={}),
    JudgedRow(id="c", text="sans réponse", lang="fr", grades={}),
]
REPLIES = [
    {
        "id": "a",
        "verdict": "answers",
        "probability": 0.9,
        "practices": [
            {"practice": "petit-p3", "grade": 2, "lines": ["petit-p3/conseils/1"], "why": ""}
        ],
    },
    {"id": "b", "verdict": "nothing", "probability": 0.1, "practices": []},
]


def test_replies_are_replayed_to_their_queries_through_the_product(
    small: Assistant, tmp_path: Path
) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text("\n".join(map(json.dumps, REPLIES)), "utf-8")
    found = replayed(small.now(), {"set": ROWS}, replies_of([path]))
    read = found["set, read"]
    assert (read["asked"], read["read"], read["ids dropped"]) == (2, 2, 0)
    assert (read["2 first"], read["nDCG@10"], read["AUROC"]) == (1.0, 1.0, 1.0)
    assert read["nothing, nothing"] == 1.0
    assert found["set, search"]["2 first"] == 0.0
