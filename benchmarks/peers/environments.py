"""The peers' environments: made once from their pins, weighed by what they need to run."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
FOLDER = ROOT / "benchmarks" / ".peers"
SHARED = ("torch", "sentence-transformers", "transformers", "numpy", "faiss-cpu")
ENVIRONMENT_MB = 1_700  # of disk, each
MARK = "installed"  # the hash of the pins that an environment was made from


@dataclass(frozen=True)
class System:
    """A system: the packages that its user asks for, and those whose version matters."""

    name: str
    label: str
    needs: tuple[str, ...]
    told: tuple[str, ...]

    @property
    def module(self) -> str:
        return f"benchmarks.peers.peer_{self.name}"

    @property
    def pins(self) -> Path:
        return HERE / f"requirements-{self.name}.txt"

    @property
    def environment(self) -> Path:
        return FOLDER / self.name

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python" if self in PEERS else Path(sys.executable)

    @property
    def packages(self) -> Path:
        """The folder that its packages are installed in."""
        if self not in PEERS:
            return Path(sysconfig.get_path("purelib"))
        return next(self.environment.glob("lib/python3*/site-packages"))


TORCH = ("torch", "transformers", "numpy")
RECUEIL = System(
    "recueil", "recueil-qa", ("recueil-qa",), ("recueil-qa", "onnxruntime", "faiss-cpu", "numpy")
)
PEERS = (
    System(
        "bare",
        "sentence-transformers + FAISS",
        ("sentence-transformers", "faiss-cpu"),
        ("sentence-transformers", "faiss-cpu", *TORCH),
    ),
    System(
        "haystack",
        "Haystack",
        ("haystack-ai", "sentence-transformers-haystack"),
        ("haystack-ai", "sentence-transformers-haystack", "sentence-transformers", *TORCH),
    ),
    System("txtai", "txtai", ("txtai",), ("txtai", "faiss-cpu", *TORCH)),
    System(
        "llamaindex",
        "LlamaIndex",
        (
            "llama-index-core",
            "llama-index-embeddings-huggingface",
            "llama-index-retrievers-bm25",
        ),
        ("llama-index-core", "bm25s", "sentence-transformers", *TORCH),
    ),
)
SYSTEMS = (RECUEIL, *PEERS)


def normal(name: str) -> str:
    """Return a package's name in its one spelling."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(path: Path) -> dict[str, str]:
    """Return the versions that a file pins; every line must."""
    pins = {}
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, sign, pinned = line.partition("==")
            if not sign or not pinned:
                raise ValueError(f"{path.name}: {line!r} pins nothing")
            pins[normal(name)] = pinned
    return pins


def is_made(system: System) -> bool:
    """Return whether a system's environment is there, from the pins of today."""
    mark = system.environment / MARK
    return mark.is_file() and mark.read_text("ascii").strip() == _hash(system.pins)


def make_environments(systems: Iterable[System]) -> None:
    """Make the environments that are missing; stop with what to do where one can't be made."""
    missing = [system for system in systems if system in PEERS and not is_made(system)]
    if not missing:
        return
    FOLDER.mkdir(exist_ok=True)
    needed, free = len(missing) * ENVIRONMENT_MB, shutil.disk_usage(FOLDER).free // 1_000_000
    if free < needed:
        sys.exit(
            f"bench: {free} MB free under {FOLDER.relative_to(ROOT)}; {len(missing)} environments "
            f"need about {needed} MB. Free some space, or measure one: --only bare"
        )
    constraints = FOLDER / "constraints.txt"
    shared = read_pins(ROOT / "constraints.txt")
    constraints.write_text("".join(f"{name}=={shared[name]}\n" for name in SHARED), "utf-8")
    for system in missing:
        print(f"==> {system.label}: making its environment (a minute or two)", flush=True)
        _make(system, constraints)


def _make(system: System, constraints: Path) -> None:
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "venv", "--clear", str(system.environment)], check=True
    )
    pip = [str(system.python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    what = ["--constraint", str(constraints), "--requirement", str(system.pins)]
    ran = subprocess.run([*pip, *what], capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode:
        told = "\n      ".join(ran.stderr.strip().splitlines()[-5:])
        sys.exit(
            f"bench: the packages of {system.pins.name} could not be installed:\n      {told}\n"
            "      pip needs its package index for this, once: try again with a network. Without "
            "one,\n      measure this project alone: python -m benchmarks peers --only recueil"
        )
    (system.environment / MARK).write_text(_hash(system.pins), "ascii")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def closure(packages: Path, needs: Iterable[str]) -> dict[str, Distribution]:
    """Return the packages that some need to run, by name, of those installed in a folder."""
    there = {normal(d.metadata["Name"]): d for d in distributions(path=[str(packages)])}
    found: dict[str, Distribution] = {}
    queue = [(normal(name), "") for name in needs]
    seen = set(queue)
    while queue:
        name, extra = queue.pop()
        found[name] = there[name]
        for needed in _needed(there[name], extra):
            if needed not in seen:
                seen.add(needed)
                queue.append(needed)
    return dict(sorted(found.items()))


def _needed(package: Distribution, extra: str) -> Iterator[tuple[str, str]]:
    """Yield the packages that one needs here, each alone and with each extra that is asked."""
    for line in package.requires or ():
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({"extra": extra}):
            for asked in ("", *sorted(needed.extras)):
                yield normal(needed.name), asked


def size(packages: Iterable[Distribution]) -> float:
    """Return the MiB of the files that packages installed, as their records list them."""
    total = 0
    for package in packages:
        if package.files is None:
            raise ValueError(f"{package.metadata['Name']} has no record of its files")
        paths = (Path(str(package.locate_file(file))) for file in package.files)
        total += sum(path.stat().st_size for path in paths if path.is_file())
    return total / 2**20


def own_size() -> float:
    """Return the MiB of this package's own code, which an editable install records nowhere."""
    paths = (ROOT / "src" / "recueil_qa").rglob("*")
    return sum(path.stat().st_size for path in paths if path.is_file()) / 2**20
