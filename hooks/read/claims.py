"""A page's claims: statements in their own boxes, each proven by the cell that follows it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping

from hooks.read.source import Cell, Claim, Problem, Source

DEFAULT_SCOPE = "float32, CPU"

PROVES = {"assert_close", "expect_error"}
"""What a proof may call in place of an `assert`."""

_CLAIM = re.compile(r"^(?P<indent>\s*)!!!\s+claim\b(?P<rest>.*)$")
_TITLE = re.compile(r'^\s+"(?P<name>[^":]*):(?P<statement>[^"]*)"\s*$')
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SCOPE = re.compile(r"^Scope:\s*(?P<scope>.+?)\.?$", re.DOTALL)


def read_claims(
    lines: list[str], fenced: Collection[int], starts: Mapping[int, Cell], source: Source
) -> None:
    """Put the page's claims into `source`, and each into its proof.

    `fenced` are the lines inside fences, `starts` leads from the line of an opening fence to its cell.
    """
    for number, line in enumerate(lines, start=1):
        match = _CLAIM.match(line)
        if match and number not in fenced:
            _read_claim(number, match, lines, starts, source)


def _read_claim(
    number: int, match: re.Match[str], lines: list[str], starts: Mapping[int, Cell], source: Source
) -> None:
    def refuse(text: str, line: int = number) -> None:
        source.refuse(line, text)

    title = _TITLE.match(match["rest"])
    if match["indent"]:
        return refuse("an indented claim is not read: move it to the left margin")
    if not title or not _NAME.fullmatch(title["name"]):
        return refuse(
            'a claim is written `!!! claim "name: statement"`, the name in small letters, digits '
            "and hyphens, and no other double quote in the line"
        )
    if not title["statement"].strip():
        return refuse(f"the claim {title['name']} states nothing: write a sentence after the colon")
    end = number
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith("    ")):
        end += 1
    body = "\n".join(line[4:] for line in lines[number:end]).strip()
    paragraphs = re.split(r"\n\s*\n", body) if body else []
    scope = DEFAULT_SCOPE
    if paragraphs and (stated := _SCOPE.match(paragraphs[-1])):
        scope = " ".join(stated["scope"].split())
        paragraphs.pop()
    claim = Claim(
        title["name"], title["statement"].strip(), "\n\n".join(paragraphs), scope, number, end
    )
    source.claims.append(claim)
    cell = starts.get(end + 1)
    if cell is None:
        return refuse(
            f"the claim {claim.name} has no proof: a ```python continuation fence must follow it "
            "directly"
        )
    cell.claim = claim
    if not _asserts(cell.code):
        refuse(
            f"the proof of {claim.name} cannot fail: it needs an `assert`, a "
            "`torch.testing.assert_close` or an `expect_error`",
            cell.line,
        )
    return None


def _asserts(code: str) -> bool:
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except SyntaxError:
        return True  # the execution reports it, with the line
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    called = {getattr(call, "attr", getattr(call, "id", "")) for call in calls}
    return any(isinstance(node, ast.Assert) for node in nodes) or bool(called & PROVES)


def repeated_names(sources: list[Source]) -> list[Problem]:
    """A problem for every claim whose name an earlier claim of the site has already."""
    seen: dict[str, str] = {}
    problems = []
    for source in sources:
        for claim in source.claims:
            if claim.name in seen:
                text = f"the claim name {claim.name} is taken by {seen[claim.name]}: choose another"
                problems.append(Problem(source.path, claim.first_line, text))
            else:
                seen[claim.name] = f"{source.path}:{claim.first_line}"
    return problems
