"""Hostile inputs: texts of all planes, values no one should give, valid files gone wrong."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

SNIPPETS = (
    "<script>alert(1)</script>",
    "' OR 1=1; DROP TABLE vectors; --",
    "../../../../etc/passwd",
    "{{7*7}} ${jndi:ldap://x} %s%n",
    "\u202e\u2066tsixe\u2069\u202c",
    "e\u0301" * 30,
    "a" + "\u0301" * 500,
    "\ud800\udfff",
    "\x00\x01\x1b[31m",
    "\ufeff\u200b\u200d",
    "👩‍👩‍👧‍👦🇫🇷",
    "İıſẞﬁŒ",
    "؋٣٤ ۱۲ १२",
    "NaN -0 1e999 0x10",
    "AND OR NOT NEAR()",
    "[red]gras[/red] [/] [[",
    "﷽",
    "ﷺ" * 50,
    "\u2028\u2029\x85\x0b\x0c",
    "CON PRN aux.txt",
)
CHARACTERS = st.characters(exclude_categories=())  # halves of pairs included
LETTERS = st.text(CHARACTERS, max_size=60)
TEXTS = st.one_of(
    LETTERS,
    st.sampled_from(SNIPPETS),
    st.lists(st.one_of(st.sampled_from(SNIPPETS), LETTERS), max_size=4).map(" ".join),
    st.builds(str.__mul__, st.sampled_from([*SNIPPETS, "accueil "]), st.sampled_from([9, 99, 300])),
)
# Now and then, a megabyte.
LONG = st.sampled_from(["a" * 1_000_000, "é " * 500_000, "\u0301" * 1_000_000, "<" * 1_000_000])
QUESTIONS = st.one_of(*[TEXTS] * 60, LONG)


def _as_given(text: str) -> str:
    """Return a text as the system hands it to a command: bytes, which needn't be UTF-8, no NUL."""
    return (
        text.replace("\0", "").encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    )


ARGUMENTS = st.one_of(
    TEXTS,
    st.binary(max_size=30).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    st.sampled_from(["", "-", "--", "-1", "0", "1", "1e9", "p1", "petit-p1", "fr", "x" * 5000]),
).map(_as_given)
# All of them stay within a workplace three folders deep.
PATHS = st.one_of(
    st.sampled_from(
        [
            *("", ".", "..", "../..", "../../..", "./.", "nowhere/at/all", "corpus", "index"),
            *("corpus/petit", "corpus/petit/practices", "corpus/petit/practices/p1.md"),
            *("queries.jsonl", "booklet.md", "index/CURRENT", "out", "out/new", "loop", "pipe"),
            *("../../../corpus", "corpus/../corpus/petit", "~", "~root", "a\nb", "x" * 300),
            *("out/" * 2000 + "x", "\udcff\udcfe", "é/\u202e", "*", "?[a-", "$HOME", "out/"),
        ]
    ),
    # No slash: a name.
    TEXTS.map(lambda text: _as_given(text.replace("/", "_"))[:200]),
)


@st.composite
def mutated(draw: st.DrawFn, valid: str, tokens: tuple[str, ...]) -> str:
    """Return a valid text after one to four edits."""
    text = valid
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 1, 1, 3, 20, 500])))
        put = draw(
            st.one_of(
                st.just(""),
                st.sampled_from(tokens),
                st.sampled_from(SNIPPETS),
                LETTERS,
                st.just(text[start:end] * 3),
                st.builds(str.__mul__, st.sampled_from(tokens), st.sampled_from([2, 50, 3000])),
            )
        )
        text = text[:start] + put + text[end:]
    return text


def mutated_bytes(valid: bytes, tokens: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Return a valid file after one to four edits."""
    as_text = tuple(token.decode("latin-1") for token in tokens)
    return mutated(valid.decode("latin-1"), as_text).map(lambda t: t.encode("latin-1", "ignore"))


YAML = (
    *("---\n", "- ", ": ", "&a [*a, *a]", "<<: *a", "!!python/object/apply:os.system [id]"),
    *(
        "!!binary aGk=",
        "? ",
        "|\n",
        ">-\n",
        "{",
        "}",
        "[",
        "#",
        "\t",
        "id: ",
        "title: ",
        "contacts:\n",
    ),
    *("'", '"', "%YAML 1.1\n", "...\n", "0o17", "2020-01-01", "null", "fr conseils/2:\n", "\r\n"),
)
MARKDOWN = ("# ", "## ", "## Conseils\n", "- ", "  - ", "---\n", "\n\n\n\n", "**", "\t", "…", *YAML)
TOML = (
    *(
        "[",
        "[[sections]]\n",
        "]",
        "=",
        '"""',
        "'''",
        "\\u0000",
        "1979-05-27",
        "inf",
        "0x",
        "a.b.c.",
    ),
    *('id = "essai"\n', 'sources = ["../x"]\n', "{", "}", "#", "[import]\n", 'title = "("\n', "\n"),
)
ROWS = (
    "{",
    "}",
    "[",
    "]",
    '"',
    ":",
    ",",
    "\\ud800",
    "\\u0000",
    "1e400",
    "NaN",
    "null",
    "\n",
    "\t",
    "2",
)
DEEP = ("[" * 3000, '{"a":' * 3000)
ODD_JSON: tuple[str, ...] = (*ROWS, *DEEP, "true", "-1", '"practice"', "99999999999999999999999")


def values(parameter: Any) -> st.SearchStrategy[str]:
    """Return hostile values for a click parameter, by what it takes."""
    if type(parameter.type).__name__ == "Path":
        return PATHS
    choices = getattr(parameter.type, "choices", None)
    if choices:
        return st.one_of(st.sampled_from([*map(str, choices)]), ARGUMENTS)
    return ARGUMENTS
