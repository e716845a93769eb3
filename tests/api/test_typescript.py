"""A client in another language, generated from the schema, compiled and run against the API."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from recueil_qa import Assistant
from recueil_qa.api.application import standalone
from recueil_qa.shared import Shared
from tests.support import ROOT
from tests.support.serving import served
from tests.support.waiting import PATIENCE

SOURCE = ROOT / "tests" / "typescript"
REPEATED = "le standard est saturé par des appels répétés"
OFF_TOPIC = "recette tarte pommes"


def run(folder: Path, script: str, *arguments: str) -> str:
    done = subprocess.run(
        ["node", script, *arguments],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.node
def test_a_generated_client_reads_what_the_assistant_says(small: Assistant, tmp_path: Path) -> None:
    modules = SOURCE / "node_modules"
    assert modules.is_dir(), "run: npm ci --prefix tests/typescript"
    (tmp_path / "node_modules").symlink_to(modules)
    for name in ("program.ts", "tsconfig.json"):
        shutil.copy(SOURCE / name, tmp_path / name)
    schema = standalone(Shared(small.settings, small)).openapi()
    (tmp_path / "openapi.json").write_text(json.dumps(schema), "utf-8")
    generator = "node_modules/@hey-api/openapi-ts/bin/index.cjs"
    run(tmp_path, generator, "-i", "openapi.json", "-o", "client", "-c", "@hey-api/client-fetch")
    # Its types are checked: what the program reads is what the schema promises.
    run(tmp_path, "node_modules/typescript/bin/tsc", "-p", ".")
    with served(small) as address:
        told = json.loads(run(tmp_path, "out/program.js", address, REPEATED, OFF_TOPIC))

    answer, refusal = small.ask(REPEATED, top=6), small.ask(OFF_TOPIC, top=6)
    first = answer.hits[0].practice
    assert told == {
        "build": small.build,
        "answered": True,
        "advice": [line.text for line in answer.advice],
        "refusal": {
            "reason": "nothing-answers",
            "nearest": [practice.id for practice in refusal.nearest],
        },
        "found": [first.id],
        "listed": ["petit-p1", "petit-p2"],
        "title": first.title,
        "similar": 1,
        "facets": [*small.facets()],
        "problem": {"status": 422, "type": "urn:recueil-qa:problem:no-question"},
    }
