"""What is fuzzed: each target takes one input, and may raise the package's errors only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner
from hypothesis import strategies as st

from benchmarks.reliability import hostile
from benchmarks.reliability.corpus import QuickEncoder
from benchmarks.reliability.places import Place, document_of, with_document
from recueil_qa import Assistant
from recueil_qa.cli import main
from recueil_qa.corpus import statements
from recueil_qa.corpus.config_file import parse_config, read_config
from recueil_qa.corpus.importing import run
from recueil_qa.corpus.practice import parse_practice
from recueil_qa.corpus.questions import parse_questions
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.evaluation import report
from recueil_qa.evaluation.rows import QueryRow, read_qrels, read_rows
from recueil_qa.index import manifest, opening
from recueil_qa.index.files import COLLECTIONS, MAP, PASSAGES, PRACTICES, UNANSWERED_OF
from recueil_qa.types import Filters

RUNNER = CliRunner()
CODES = (0, 1, 2, 3)  # done; refused; not how the command is used; built but not put in service


@dataclass(frozen=True)
class Target:
    """One target; `share` of all inputs are for it, in thousandths."""

    name: str
    share: int
    inputs: st.SearchStrategy[Any]
    action: Callable[[Any], object]


def targets(place: Place) -> list[Target]:
    """Return all the targets, over one workplace."""
    return [*_questions(place), *_commands(place), *_parsers(place), *_imports(place),
            *_builds(place)]  # fmt: skip


def _questions(place: Place) -> list[Target]:
    fixed = Assistant(opening.open_index(place.settings.index), place.settings, QuickEncoder())
    filters = st.builds(Filters, theme=st.frozensets(hostile.TEXTS, max_size=2))

    def lead(question: str) -> None:
        answer = fixed.ask_leads(question)
        repr(answer).encode("utf-8")

    def ask(question: str) -> None:
        answer = fixed.ask(question)
        fixed.mark(question, answer.hits[0].practice.title, "fr")
        # What is shown or written must be text.
        repr(answer).encode("utf-8")

    return [
        Target("ask", 150, hostile.QUESTIONS, ask),
        Target("search", 60, hostile.QUESTIONS, fixed.search),
        Target("ask, in a batch", 40, hostile.QUESTIONS, lead),
        Target("filters", 20, filters, lambda f: fixed.ask("guichet", filters=f)),
        Target("practice", 20, hostile.ARGUMENTS, fixed.practice),
        Target("similar", 10, hostile.ARGUMENTS, fixed.similar),
    ]


def _leaves(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(group, click.Group):
        found = [_leaves(inner, (*path, name)) for name, inner in group.commands.items()]
        return [leaf for leaves in found for leaf in leaves]
    return [(path, group)]


# They don't end by themselves; what comes in there is tried by `api-fuzz` and by the tests of mcp.
SERVING = {("app",), ("serve",), ("mcp",)}


def _commands(place: Place) -> list[Target]:
    found = []
    leaves = [leaf for leaf in _leaves(main.main) if leaf[0] not in SERVING]
    for path, command in leaves:
        found.append(
            Target(
                f"recueil-qa {' '.join(path)}",
                max(1, 120 // len(leaves)),
                _command_lines(path, command),
                lambda arguments: _invoke(place, arguments),
            )
        )
    return [*found, Target("recueil-qa, any words", 5, st.lists(hostile.ARGUMENTS, max_size=4),
                           lambda arguments: _invoke(place, arguments))]  # fmt: skip


@st.composite
def _command_lines(draw: st.DrawFn, path: tuple[str, ...], command: click.Command) -> list[str]:
    line = [*path]
    for parameter in command.params:
        needed = parameter.required or (path == ("bundle",) and parameter.name == "wheels")
        if not needed and not draw(st.booleans()):
            continue
        if isinstance(parameter, click.Option):
            name = draw(st.sampled_from(parameter.opts))
            flag = parameter.is_flag
            line += [name] if flag else [f"{name}={draw(hostile.values(parameter))}"]
        else:
            line.append(draw(hostile.values(parameter)))
    return line


def _invoke(place: Place, arguments: list[str]) -> None:
    result = RUNNER.invoke(main.main, arguments, input="o\n")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    if result.exit_code not in CODES or "Traceback" in result.output:
        raise AssertionError(f"{result.exit_code}: {result.output[-500:]}")
    place.restore()


def _parsers(place: Place) -> list[Target]:
    path, out = Path("essai"), place.scratch / "rows"
    config, _ = read_config(place.collection / "collection.toml")
    if config is None:
        raise RuntimeError("the sound collection is refused")
    read = {
        name: (place.collection / name).read_text("utf-8")
        for name in ("practices/p1.md", "questions/p1.yaml", "collection.toml", "statements.jsonl")
    }
    practice, asked, toml, judged = read.values()
    known = {row.id: row for row in read_corpus(place.settings.corpus).collections[0].practices}
    queries = '{"id": "q1", "text": "guichet", "lang": "fr"}\n{"id": "q2", "text": "lettres"}\n'

    def written(read_path: Callable[[Path], object]) -> Callable[[bytes], None]:
        def act(content: bytes) -> None:
            out.write_bytes(content)
            read_path(out)

        return act

    def whole(files: tuple[str, bytes]) -> None:
        name, content = files
        (place.collection / name).write_bytes(content)
        read_corpus(place.settings.corpus)
        (place.collection / name).write_bytes(read[name].encode())

    def tokens(texts: tuple[str, ...]) -> tuple[bytes, ...]:
        return tuple(text.encode("utf-8", "surrogatepass") for text in (*texts, "\ud800", "\0"))

    files = st.one_of(
        *(
            hostile.mutated_bytes(text.encode(), tokens(words)).map(partial(_pair, name))
            for (name, text), words in zip(
                read.items(),
                (hostile.MARKDOWN, hostile.YAML, hostile.TOML, hostile.ROWS),
                strict=True,
            )
        )
    )
    rows = hostile.mutated_bytes(queries.encode(), tokens(hostile.ODD_JSON))
    grades = hostile.mutated_bytes(b"q1\tpetit-p1\t2\nq2\tpetit-p3\t1\n", tokens(hostile.ODD_JSON))
    return [
        Target("a practice", 110, hostile.mutated(practice, hostile.MARKDOWN),
               lambda text: parse_practice(text, path, config)),
        Target("questions", 100, hostile.mutated(asked, hostile.YAML),
               lambda text: parse_questions(text, path, known, {})),
        Target("statements", 60, hostile.mutated(judged, hostile.ODD_JSON),
               lambda text: statements.parse_statements(text, path, known)),
        Target("collection.toml", 60, hostile.mutated(toml, hostile.TOML),
               lambda text: parse_config(text, path)),
        Target("a corpus", 40, files, whole),
        Target("queries", 30, rows,
               written(lambda p: read_rows(p, QueryRow))),
        Target("judgments", 30, grades, written(read_qrels)),
        Target("a report", 10, rows, written(report.read_report)),
    ]  # fmt: skip


def _imports(place: Place) -> list[Target]:
    folder, config = place.booklet, (place.booklet / "collection.toml").read_text("utf-8")

    def taken(suffix: str) -> Callable[[bytes], None]:
        source = place.scratch / f"source.{suffix}"

        def act(content: bytes) -> None:
            source.write_bytes(content)
            run.import_booklet(source, folder, dry_run=True)

        return act

    def laid_out(text: str) -> None:
        (folder / "collection.toml").write_text(text, "utf-8", errors="replace")
        try:
            run.import_booklet(place.home / "booklet.md", folder, dry_run=True)
        finally:
            (folder / "collection.toml").write_text(config, "utf-8")

    text = tuple(
        token.encode() for token in (*hostile.MARKDOWN, "Fiche n° 9 : Neuf\n", "\f", "À retenir\n")
    )
    xml = (b"<w:p>", b"</w:p>", b"PK\3\4", b"PK\5\6", b"<!DOCTYPE x>", b"\0" * 9, b"&lol;")
    pdf = (
        *(b"endobj", b"obj", b"stream\n", b"endstream", b"<<", b">>", b"/Kids [1 0 R]", b"1 0 R"),
        *(b"xref", b"trailer", b"/Length 1", b"/FlateDecode", b"/Encrypt", b"[[[", b"9999999999"),
    )
    sources = place.sources
    return [
        Target("import of Markdown", 15, hostile.mutated_bytes(sources["md"], text), taken("md")),
        Target("import of text", 10, hostile.mutated_bytes(sources["txt"], text), taken("txt")),
        Target("import of DOCX", 10, hostile.mutated_bytes(sources["docx"], xml), taken("docx")),
        Target("import of XML in DOCX", 10,
               hostile.mutated_bytes(document_of(sources["docx"]), xml),
               lambda content: taken("docx")(with_document(sources["docx"], content))),
        Target("import of PDF", 10, hostile.mutated_bytes(sources["pdf"], pdf), taken("pdf")),
        Target("import, as laid out", 10, hostile.mutated(config, hostile.TOML), laid_out),
    ]  # fmt: skip


def _pair(name: str, content: bytes) -> tuple[str, bytes]:
    return name, content


def _open_forged(place: Place, name: str, content: bytes) -> object:
    return opening.open_build(place.forge(name, content))


def _builds(place: Place) -> list[Target]:
    found = []
    names = (manifest.NAME, COLLECTIONS, PRACTICES, PASSAGES,
             MAP, UNANSWERED_OF, "bm25/params.index.json",
             "bm25/vocab.index.json")  # fmt: skip
    tokens = tuple(text.encode("utf-8", "surrogatepass") for text in hostile.ODD_JSON)
    for name in names:
        valid = (place.build / name).read_bytes()
        found.append(
            Target(
                f"a forged {name}",
                12,
                hostile.mutated_bytes(valid, tokens),
                partial(_open_forged, place, name),
            )
        )
    return found
