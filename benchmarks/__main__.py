"""The door to all benchmarks; `--help` after a name tells what it measures and takes."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

# Each with the arguments that it takes; PARSED ones tell theirs themselves.
PARSED = "[OPTIONS]"
NAMES = {
    "api-fuzz": PARSED,
    "app": "",
    "first-screen": PARSED,
    "generality": PARSED,
    "large-build": "[PASSAGES]",
    "paired": PARSED,
    "parts": "",
    "peers": PARSED,
    "plots": "",
    "projection": "",
    "quoted-lines": PARSED,
    "reader-replay": PARSED,
    "reliability": PARSED,
    "runtimes": "",
    "scale": "[SIZE…] [composed]",
    "speed": "",
    "statements": "",
    "sweep": "",
    "tables": "[--check]",
    "trimming": "",
}
HELP = {"-h", "--help"}
USAGE = "usage: python -m benchmarks NAME [OPTIONS]"


def module(name: str) -> str:
    """Return the module that holds a benchmark."""
    own = f"benchmarks.{name.replace('-', '_')}"
    return f"{own}.command" if (Path(__file__).parent / name).is_dir() else own


def described(name: str) -> str:
    """Return what a benchmark says of itself, without importing it: some load a browser."""
    path = Path(__file__).parents[1].joinpath(*module(name).split(".")).with_suffix(".py")
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""


def listed() -> str:
    """Return the list of all, each with its first line."""
    wide = max(map(len, NAMES))
    rows = [f"  {name:{wide}}  {described(name).splitlines()[0]}" for name in NAMES]
    return "\n".join([USAGE, "", *rows])


def main(arguments: Sequence[str]) -> int:
    """Run a benchmark by its name; return the exit code."""
    name, *given = arguments or ["--help"]
    if name in HELP:
        print(listed())
        return 0
    if name not in NAMES:
        print(f"{USAGE}\nno benchmark '{name}'; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    takes = NAMES[name]
    if takes != PARSED and HELP & {*given}:
        print(f"usage: python -m benchmarks {name} {takes}".rstrip(), "", described(name), sep="\n")
        return 0
    if given and not takes:
        print(f"'{name}' takes no arguments", file=sys.stderr)
        return 2
    command = import_module(module(name)).main
    if isinstance(command, click.Command):
        command.main(given, prog_name=f"python -m benchmarks {name}")
    sys.argv = [f"benchmarks {name}", *given]
    command()
    return 0


# Processes that a benchmark starts may import this again.
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
