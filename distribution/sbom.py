"""List what this software is made of (CycloneDX): libraries, weights, booklet, their licences.

    python -m distribution.sbom [FILE]

Libraries are those that are installed beside this Python and that the package requires, with the
extras that are there; what only development needs is left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from recueil_qa.doctor.libraries import needed_libraries

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "recueil-qa"
MODEL = ROOT / "models" / "recueil-e5"
BOOKLET = ROOT / "corpus" / "recueil-2014"


def required() -> set[str]:
    """Return the names of the libraries that the package requires, directly or not."""
    return {*needed_libraries()}


def make_sbom() -> dict[str, Any]:
    """Return the list: what cyclonedx-bom finds of libraries, and our own data."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"]
    # What is kept of it is checked (`test_it_is_cyclonedx`); all of it takes forty times longer.
    command += ["--no-validate", "--pyproject", str(ROOT / "pyproject.toml"), sys.executable]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    sbom: dict[str, Any] = json.loads(run.stdout)
    wanted = required()
    kept = [part for part in sbom["components"] if canonicalize_name(part["name"]) in wanted]
    for part in kept:
        # Where a package lies on this machine is nobody's business.
        part.pop("externalReferences", None)
    known = {part["bom-ref"] for part in kept} | {sbom["metadata"]["component"]["bom-ref"]}
    sbom["metadata"]["component"].pop("externalReferences", None)
    sbom["dependencies"] = [
        row | {"dependsOn": [ref for ref in row.get("dependsOn", ()) if ref in known]}
        for row in sbom["dependencies"]
        if row["ref"] in known
    ]
    sbom["components"] = [*kept, weights(), booklet()]
    return sbom


def weights() -> dict[str, Any]:
    """Return the encoder as a part: its files' hashes, its licence, what it was made from."""
    return {
        "type": "machine-learning-model",
        "bom-ref": "recueil-e5",
        "name": "recueil-e5",
        "version": version(PACKAGE),
        "description": "Encoder of French and English, from intfloat/multilingual-e5-small",
        "licenses": [{"license": {"id": "MIT"}}],
        "components": _files(MODEL, [*sorted(MODEL.glob("*.safetensors")), MODEL / "model.onnx"]),
        "modelCard": {"modelParameters": {"task": "sentence-similarity"}},
        "pedigree": {
            "ancestors": [
                {
                    "type": "machine-learning-model",
                    "name": "intfloat/multilingual-e5-small",
                    "licenses": [{"license": {"id": "MIT"}}],
                }
            ]
        },
    }


def booklet() -> dict[str, Any]:
    """Return the booklet as a part: its text is its authors', and under no licence of ours."""
    return {
        "type": "data",
        "bom-ref": "recueil-2014",
        "name": "Recueil des bonnes pratiques, Usagers-Agents",
        "version": "2014",
        "description": "See NOTICE: the text remains its authors'",
        "licenses": [{"license": {"name": "Text of its authors, see NOTICE"}}],
        "components": _files(BOOKLET, [BOOKLET / "source.txt", BOOKLET / "heads.npz"]),
    }


def _files(folder: Path, paths: list[Path]) -> list[dict[str, Any]]:
    return [
        {
            "type": "file",
            "bom-ref": f"{folder.name}/{path.name}",
            "name": path.name,
            "hashes": [{"alg": "SHA-256", "content": sha256(path.read_bytes()).hexdigest()}],
        }
        for path in paths
    ]


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "sbom.cdx.json"
    sbom = make_sbom()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(sbom, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(f"{len(sbom['components'])} parts in {target}")


if __name__ == "__main__":
    main()
