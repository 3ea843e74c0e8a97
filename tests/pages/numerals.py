"""The numbers that a page states, and the numbers that its cells hold or print."""

from __future__ import annotations

import ast
import importlib
import io
import re
import tokenize
from dataclasses import dataclass
from decimal import Decimal

from hooks.read.source import Source
from tests.pages.outputs import FOLDER

_TEENS = [
    "eleven",
    "twelve",
    *(f"{n}teen" for n in ("thir", "four", "fif", "six", "seven", "eigh", "nine")),
]
_TENS = [f"{n}ty" for n in ("twen", "thir", "for", "fif", "six", "seven", "eigh", "nine")]
SPELLED = {word: Decimal(n) for n, word in enumerate(_TEENS, start=11)}
SPELLED |= {word: Decimal(10 * n) for n, word in enumerate(_TENS, start=2)}
SPELLED |= {"ten thousand": Decimal(10_000), "hundred thousand": Decimal(100_000)}
SPELLED |= {"hundred": Decimal(100), "thousand": Decimal(1000), "million": Decimal(10**6)}
"""Number words that count as numerals; up to ten they are counting words."""

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_NUMERAL = re.compile(
    r"(?<![\w.#])(?:0x[0-9a-fA-F]+|(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+)"
    r"(?![\w]|[.,]\d)"
)
_COMPUTED = re.compile(r"0x[0-9a-fA-F_]+|(?:\d[\d,_]*)?\.?\d+(?:e[+-]?\d+)?|\d[\d,_]*\.(?!\w)")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_NAMED = re.compile(
    rf"\[\d+\]|\b(?:AVX|x86|UTF)-\d+|\b(?:torch|Python) \d\.\d+"
    rf"|\b(?:\d+ )?(?:{_MONTHS}) \d{{4}}|\bIn \d{{4}}\b"
)
"""Digits that name something, not a quantity: a thread on GitHub, a processor, a version, a date."""


@dataclass(frozen=True)
class Numeral:
    """A number as it is written: where, what, and its value and the size of its last digit."""

    line: int
    written: str
    value: Decimal
    unit: Decimal

    def rounds(self, computed: Decimal) -> bool:
        """Whether `computed`, rounded to the digits that are written, is this; signs do not count."""
        return abs(abs(computed) - self.value) <= self.unit / 2


def prose_lines(text: str) -> list[tuple[int, str]]:
    """The lines of a page that a reader reads as text, without claims, fences, link targets and markup.

    The forms of the lab are programs of their own, tested in a browser: they are left out, too.
    """
    blank = lambda found: "\n" * found[0].count("\n")  # noqa: E731 - keeps the numbers of the lines
    text = re.sub(r"\A---\n.*?\n---\n", blank, text, flags=re.DOTALL)
    text = re.sub(r"^```.*?^```$", blank, text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r'^!!! claim ".*\n(?:(?: {4}.*)?\n)*', blank, text, flags=re.MULTILINE)
    text = re.sub(r'<section class="lab".*?</section>', blank, text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->|<[a-zA-Z/][^>]*>", blank, text, flags=re.DOTALL)
    return [(n, _plain(line)) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]


def _plain(line: str) -> str:
    line = re.sub(r"(?<=\])\([^)]*\)|(?<=\])\[[^]]*\]|\[\^[^]]*\]:?|\{[#:][^}]*\}", "", line)
    line = _NAMED.sub("", re.sub(r"https?://\S+", "", line))
    return re.sub(r"^\s*(?:\d+\.|!!! .*?\"|\?\?\? .*?\")\s", " ", line)


def numerals(line: int, text: str) -> list[Numeral]:
    """The numerals of a line; a power of ten is one number, another power is a base and an exponent."""
    text = re.sub(r"[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "^{" + m[0].translate(_RAISED) + "}", text)
    text = text.replace("−", "-").replace(r"\,", "").replace("{,}", ",")
    text = re.sub(r"\b(\d[\d.]*) ?(?:·|×|\\cdot) ?10\^\{?(-?\d+)\}?", r"\1e\2", text)
    text = re.sub(r"\b10\^\{?(-?\d+)\}?", r"1e\1", text)
    text = re.sub(r"(?<=[^\d\s])\^\{2\}", "", text)  # what is squared is a symbol
    text = re.sub(r"\^\{?(-?\d+)\}?", r" \1 ", text)
    found = []
    for match in _NUMERAL.finditer(text):
        written = match[0]
        if text[match.end() :].startswith(" %") or text[match.end() :].startswith("%"):
            value, unit = _parts(written)
            found.append(Numeral(line, written + " %", value, unit))
        else:
            found.append(Numeral(line, written, *_parts(written)))
    for word in re.findall(r"(?:\bten |\bhundred )?\b[a-z]+(?:-[a-z]+)*", text.lower()):
        if word == "million" and "one in a million" in text:
            found.append(Numeral(line, "one in a million", Decimal("1e-6"), Decimal("1e-7")))
        elif word in SPELLED:
            found.append(Numeral(line, word, SPELLED[word], Decimal(0)))
    return found


def _parts(written: str) -> tuple[Decimal, Decimal]:
    if written.startswith("0x"):
        return Decimal(int(written, 16)), Decimal(0)
    value = Decimal(written.replace(",", ""))
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return value, Decimal(1).scaleb(exponent) if exponent < 0 or "e" in written else Decimal(0)


def computed(text: str) -> set[Decimal]:
    """The numbers in an output or in code; percentages also as fractions."""
    text = text.translate(_RAISED).replace("−", "-")
    found = set()
    for match in _COMPUTED.finditer(text):
        if re.search(r"[A-Za-z_]$", text[: match.start()][-1:]) and not match[0].startswith("0x"):
            continue
        written = match[0].replace(",", "").replace("_", "")
        value = Decimal(int(written, 16)) if written.startswith("0x") else Decimal(written)
        found.add(value)
        if text[match.end() :].lstrip().startswith("%"):
            found.add(value / 100)
    return found


def without_comments(code: str) -> str:
    """Code as it runs: what a comment says is prose."""
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return " ".join(token.string for token in tokens if token.type != tokenize.COMMENT)


def constants(code: str) -> set[Decimal]:
    """What the arithmetic of literals in code gives (`2**-8`), and the numbers that it imports by name."""
    found: set[Decimal] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.BinOp) and not any(
            isinstance(part, (ast.Name, ast.Call, ast.Attribute)) or _is_text(part)
            for part in ast.walk(node)
        ):
            if isinstance(value := eval(ast.unparse(node)), (int, float)):  # not a list times two
                found.add(Decimal(value))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("snippets"):
            module = importlib.import_module(str(node.module))
            values = [getattr(module, alias.name, None) for alias in node.names]
            found |= {Decimal(value) for value in values if isinstance(value, (int, float))}
    return found


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, (int, float))


def outputs(page: Source) -> list[str]:
    """The kept output of each cell of a page."""
    kept = (FOLDER / page.path.replace("/", "-").replace(".md", ".txt")).read_text(encoding="utf-8")
    return re.split(r"^--- cell .*\n", kept + "\n", flags=re.MULTILINE)[1:]


def held(page: Source) -> list[set[Decimal]]:
    """The numbers that each cell of a page holds or prints."""
    return [
        computed(without_comments(cell.code)) | constants(cell.code) | computed(output)
        for cell, output in zip(page.cells, outputs(page), strict=True)
    ]


def messages(text: str) -> list[tuple[int, str]]:
    """Inline code that is no Python and has four words or more: it quotes what something printed."""
    found = []
    for line, prose in prose_lines(text):
        for quoted in re.findall(r"(?<!`)`([^`]+)`(?!`)", prose):
            if len(re.findall(r"[A-Za-z']{2,}", quoted)) >= 4 and not _is_python(quoted):
                found.append((line, quoted))
    return found


def _is_python(text: str) -> bool:
    try:
        ast.parse(re.sub(r"\bin\b", "n_in", text.replace("…", "...")))
    except SyntaxError:
        return False
    return True
