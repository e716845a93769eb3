"""Write what an installation takes, each file by its hash: for `pip install --require-hashes`.

    python -m distribution.lock [FILE]

For this Python and system alone, without extras, at the versions of `constraints.txt`; asks the
package index that pip is set to.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from recueil_qa.builds.wheels import machine_tag

ROOT = Path(__file__).resolve().parents[1]


def locked(report: dict[str, Any]) -> str:
    """Return the lines of a lock file, of what pip says that it would install."""
    lines = []
    for item in report["install"]:
        name, version = item["metadata"]["name"], item["metadata"]["version"]
        digest = item["download_info"]["archive_info"]["hashes"]["sha256"]
        lines.append(f"{name}=={version} --hash=sha256:{digest}\n")
    return "".join(sorted(lines, key=str.lower))


def main() -> None:
    target = ROOT / "distribution" / f"requirements-{machine_tag()}.txt"
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else target
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.json")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run"]
        command += ["--ignore-installed", "--only-binary", ":all:", "--report", str(report)]
        command += ["--constraint", str(ROOT / "constraints.txt"), *project["dependencies"]]
        subprocess.run(command, check=True)
        text = locked(json.loads(report.read_bytes()))
    head = (
        "# Made by: python -m distribution.lock. Install with:\n"
        f"#   pip install --require-hashes -r {target.name} && pip install --no-deps *.whl\n"
    )
    target.write_text(head + text, "utf-8")
    print(f"{text.count(chr(10))} packages in {target}")


if __name__ == "__main__":
    main()
