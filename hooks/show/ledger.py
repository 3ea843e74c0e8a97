"""The ledger of claims and of the attacks on them: two pages for readers, `claims.json` for programs."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from hooks.read.source import Claim, Source
from hooks.show.held import Record

CLAIMS, ATTACKS = "<!-- the claims -->", "<!-- the attacks -->"
"""Where a page wants the list of all claims, or of all attacks."""


def read_attacks(root: Path) -> dict[str, list[dict[str, str]]]:
    """Claim -> its attacks (`name`, `what`), read from the text of `tests/sabotage/*.py`.

    The build reads them and imports nothing: the site does not depend on the tests.
    """
    found: dict[str, list[dict[str, str]]] = {}
    for path in sorted((root / "tests" / "sabotage").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                what = (ast.get_docstring(node) or "").partition("\n")[0]
                for claim in _attacked(node, tree):
                    found.setdefault(claim, []).append({"name": node.name, "what": what})
    return found


def _attacked(function: ast.FunctionDef, tree: ast.Module) -> list[str]:
    """The claims that a function's `@attacks("name", *NAMES)` names; NAMES is a constant of the file."""
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    claims: list[str] = []
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "attacks":
            for argument in decorator.args:
                if isinstance(argument, ast.Starred) and isinstance(argument.value, ast.Name):
                    claims += ast.literal_eval(constants[argument.value.id])
                else:
                    claims.append(ast.literal_eval(argument))
    return claims


def fill(markdown: str, pages: list[Source], root: Path, record: Record) -> str:
    """Put the lists of claims and attacks where the page asks for them."""
    for place, line in ((CLAIMS, _claim), (ATTACKS, _attacks)):
        if place in markdown:
            attacks = read_attacks(root)
            parts = []
            for page in pages:
                lines = [
                    line(page, claim, attacks.get(claim.name, []), record) for claim in page.claims
                ]
                if any(lines):
                    parts += [f"## {page.title}\n", *filter(None, lines)]
            markdown = markdown.replace(place, "\n".join(parts))
    return markdown


def _claim(page: Source, claim: Claim, attacks: list[dict[str, str]], record: Record) -> str:
    """The statement, linked to its proof; under it where it holds, its scope, how many attacks it withstood."""
    count = f"{len(attacks)} attack{'s' * (len(attacks) > 1)}"
    withstood = f" · [{count}](attacks.md#{claim.name})" if attacks else ""
    mark = " · ".join(record.mark(claim.name))
    return (
        f"**[Claim {claim.number}]({page.path}#{claim.name})** {claim.statement}\n\n"
        f"{mark} · {claim.scope}{withstood}\n{{: .scope }}\n"
    )


def _attacks(page: Source, claim: Claim, attacks: list[dict[str, str]], _: Record) -> str:
    """What each attack on the claim broke; nothing without attacks."""
    if not attacks:
        return ""
    broken = " ".join(f"{attack['what'].rstrip('.')}." for attack in attacks)
    return f"**[Claim {claim.number}]({page.path}#{claim.name})** {broken}\n{{: #{claim.name} .broken }}\n"


def write_json(pages: list[Source], root: Path, site: Path, record: Record) -> None:
    """Write `claims.json`: a list with one record a claim, in the order of the site."""
    attacks = read_attacks(root) if any(page.claims for page in pages) else {}
    records = [
        {
            "id": cell.claim.name,
            "statement": cell.claim.statement,
            "page": page.url,
            "anchor": cell.claim.name,
            "proof": cell.code,
            "scope": cell.claim.scope,
            "torch": record.built,
            "holds": " · ".join(record.mark(cell.claim.name)),
            "measured": record.states(cell.claim.name),
            "sabotages": [attack["what"] for attack in attacks.get(cell.claim.name, [])],
        }
        for page in pages
        for cell in page.cells
        if cell.claim
    ]
    text = json.dumps(records, indent=1, ensure_ascii=False) + "\n"
    (site / "claims.json").write_text(text, encoding="utf-8")
