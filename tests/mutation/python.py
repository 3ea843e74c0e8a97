"""The mutants of our Python, by mutmut: it forks a process a mutant and runs the tests that reach it."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.mutation.mutant import WORK, Mutant, changed, copy

SNIPPETS = ["tests/snippets"]
HOOKS = [
    "tests/build/test_cache.py",
    "tests/build/test_lab.py",
    "tests/build/test_ledger.py",
    "tests/build/test_mathematics.py",
    "tests/build/test_refusals.py",
    "tests/snippets/test_defaults_json.py",
    "--deselect=tests/build/test_cache.py::test_prose_executes_nothing_and_a_snippet_exactly_its_pages",
    "--deselect=tests/build/test_refusals.py::test_the_build_refuses_all_faulty_pages_at_once",
]
"""The tests of the build that run in this process: those that start another are too slow for each mutant."""

STATUS = {"no tests": "survived", "segfault": "killed", "suspicious": "killed"}
"""What mutmut says of a mutant, in our words."""

SETTINGS = """[mutmut]
source_paths={group}
also_copy=
    conftest.py
    docs
    hooks
    snippets
    theme
    mkdocs.yml
pytest_add_cli_args=
    -n0
    --dist=no
    -pno:cacheprovider
pytest_add_cli_args_test_selection=
    {tests}
do_not_mutate_patterns=
    return False  # nothing is compiled
timeout_multiplier=4
use_git_change_detection=false
track_dependencies=false
"""
# `_should_skip_dynamo` is called while its class is made, before mutmut has its mutants together.


def run(group: str, tests: list[str]) -> list[Mutant]:
    """Every mutant of the functions in the folder `group`, judged by these tests."""
    folder = WORK / group
    shutil.rmtree(folder, ignore_errors=True)
    copy(["conftest.py", "docs", "hooks", "snippets", "tests", "theme", "*.yml", "*.toml"], folder)
    settings = SETTINGS.format(group=group, tests="\n    ".join(tests))
    (folder / "setup.cfg").write_text(settings, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "mutmut", "run"], cwd=folder, check=True)
    return read(folder)


def read(folder: Path) -> list[Mutant]:
    """What mutmut kept of its run in this folder; a mutant that no test reaches has survived."""
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code

    mutants = []
    with contextlib.chdir(folder):  # mutmut knows its folder by the name `mutants` alone
        for path in sorted(Path("mutants").rglob("*.py.meta")):
            module = path.relative_to("mutants").with_suffix("")
            found = SourceFileMutationData(path=module)
            found.load()
            for name, code in found.exit_code_by_key.items():
                status = status_by_exit_code[code]
                assert status not in ("not checked", "check was interrupted by user"), name
                status = STATUS.get(status, status)
                change = _change(name, get_diff_for_mutant(name, path=module))
                mutants.append(Mutant(module.as_posix(), change, status))
    return mutants


def _change(name: str, diff: str) -> str:
    """The function and its changed lines, from mutmut's name of a mutant and its difference."""
    lines = diff.splitlines()[2:]
    old, new = ("\n".join(line[1:] for line in lines if line[0] == sign) for sign in "-+")
    function = re.split("x_|ǁ", name.rpartition("__mutmut")[0])[-1]
    return f"{function}: {changed(old, new)}"
