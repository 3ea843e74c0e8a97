"""The mutants of our Python, by mutmut: it forks a process a mutant and runs the module's own tests in it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.mutants.mutant import ROOT, WORK, Mutant, changed, copy

TESTS: dict[str, list[str] | None] = {
    **dict.fromkeys(
        f"hooks/{name}.py"
        for name in (
            "give/export",
            "give/llms",
            "give/takeaway",
            "read/source",
            "show/policy",
            "show/stamp",
        )
    ),
    **{
        f"hooks/read/{name}.py": ["tests/build/read/test_refusals.py"]
        for name in ("claims", "fences", "pages")
    },
    "snippets/defaults/docstrings.py": ["tests/snippets/test_defaults_docstrings.py"],
    "snippets/defaults/laws.py": ["tests/snippets/test_defaults_laws.py"],
    "snippets/defaults/markup.py": ["tests/snippets/test_defaults_markup.py"],
    "snippets/defaults/sample.py": ["tests/snippets/test_defaults_laws.py"],
    "snippets/defaults/source.py": ["tests/snippets/test_defaults_sources.py"],
    "snippets/defaults/writers.py": ["tests/snippets/test_defaults_sources.py"],
    "snippets/drawing.py": ["tests/snippets/test_diagrams.py"],
    "snippets/memory.py": ["tests/snippets/test_diagrams.py"],
}
"""The tests of a module where they are not the file that bears its name; None where that needs a built site."""

ASIDE = [
    "tests/build/run/test_cache.py::test_prose_executes_nothing_and_a_snippet_exactly_its_pages",
    "tests/build/read/test_refusals.py::test_the_build_refuses_all_faulty_pages_at_once",
    "tests/snippets/test_defaults_docstrings.py::test_the_line_named_is_in_the_class_and_says_it",
    "tests/snippets/test_defaults_docstrings.py::test_the_verdicts",
    "tests/snippets/test_defaults_laws.py::test_a_true_law_is_refused_as_rarely_as_the_level_says",
    "tests/snippets/test_defaults_sources.py::test_a_changed_reset_is_noticed",
    "tests/snippets/test_defaults_sources.py::test_the_line_named_writes_and_is_in_the_function_named",
    "tests/snippets/test_defaults_sources.py::test_the_source_is_the_one_that_the_law_was_derived_from",
    "tests/snippets/test_init_report.py::test_every_layer_of_torch_is_as_new",
    "tests/snippets/test_init_report.py::test_what_a_reader_takes_home_needs_torch_alone",
    "tests/snippets/test_recipes.py::test_the_recipes_need_torch_alone",
]
"""Tests that take seconds, too long for each mutant, or read the module's text, which mutmut changes."""

APART = {
    "hooks/run/execution.py": {
        "Runner.__init__",
        "Runner.run",
        "Runner.start",
        "Runner.stop",
        "results",
    },
    "hooks/run/cells.py": {"run_page"},
    "hooks/run/limits.py": {"_bound", "bound_files", "bound_memory", "bound_time", "memory"},
    "hooks/run/warm.py": {"_serve", "_start", "main"},
    "snippets/defaults/docstrings.py": {"_absent", "_says"},
}
"""Functions that start processes or run in one of their own (tests/build/run/test_execution.py and
tests/build/test_failures.py try them whole), or as their module is imported: mutmut cannot see into them, and
their mutants are not run."""

UNTRIED = {
    "hooks/read/source.py": "dataclasses alone, which mutmut leaves as they are",
    "hooks": "its tests build pages or sites in processes of their own",
    "snippets": "its tests build and measure every layer of torch, seconds for each mutant",
}
"""Why a module, or else one of its group, has no tests here."""

STATUS = {"no tests": "survived", "segfault": "killed", "suspicious": "killed"}
"""What mutmut says of a mutant, in our words; a mutant that no test reaches has survived."""

SETTINGS = """[mutmut]
source_paths={group}
only_mutate={module}
also_copy=
    conftest.py
    docs
    hooks
    snippets
    theme
    mkdocs.yml
    requirements.txt
    requirements-torch.txt
pytest_add_cli_args=
    -n0
    --dist=no
    -pno:cacheprovider
    -Werror::EncodingWarning:{dotted}
pytest_add_cli_args_test_selection=
    {tests}
do_not_mutate_patterns=
    return False  # nothing is compiled
timeout_multiplier=20
use_git_change_detection=false
track_dependencies=false
"""
# `_should_skip_dynamo` is called while its class is made, before mutmut has its mutants together.


def modules(group: str) -> dict[str, list[str]]:
    """The modules of the folder `group`, and the tests of each; none for a module without its own."""
    found = {}
    for path in sorted((ROOT / group).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if path.name != "__init__.py":
            room = f"build/{path.parent.name}" if group == "hooks" else "snippets"
            tests = TESTS.get(name, [f"tests/{room}/test_{path.name}"]) or []
            found[name] = [test for test in tests if (ROOT / test).exists()]
    return found


def run(module: str, tests: list[str]) -> list[Mutant]:
    """Every mutant of a module's functions, judged by these tests."""
    folder = WORK / module.removesuffix(".py")
    shutil.rmtree(folder, ignore_errors=True)
    folders = ["docs", "hooks", "snippets", "tests", "theme"]
    copy([*folders, "conftest.py", "requirements*.txt", "*.yml", "*.toml"], folder)
    tests = [*tests, *(f"--deselect={name}" for name in ASIDE if name.split("::")[0] in tests)]
    settings = SETTINGS.format(
        group=module.split("/")[0],
        module=module,
        dotted=module.removesuffix(".py").replace("/", "."),
        tests="\n    ".join(tests),
    )
    (folder / "setup.cfg").write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "mutmut", "run"]
    noticed = {**os.environ, "PYTHONWARNDEFAULTENCODING": "1"}  # a text file without its encoding
    with (folder / "log.txt").open("w+", encoding="utf-8") as log:
        if subprocess.run(command, cwd=folder, env=noticed, stdout=log, stderr=log).returncode:
            log.seek(0)
            raise SystemExit(f"{module}: mutmut could not run:\n{log.read()[-4000:]}")
    return read(folder)


def read(folder: Path) -> list[Mutant]:
    """What mutmut kept of its run in this folder."""
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
                change = _change(name, get_diff_for_mutant(name, path=module))
                status = STATUS.get(status, status)
                if change.partition(":")[0] in APART.get(module.as_posix(), ()):
                    status = "not run"
                mutants.append(Mutant(module.as_posix(), change, status))
    return mutants


def _change(name: str, difference: str) -> str:
    """The function and its changed lines, from mutmut's name of a mutant and its difference."""
    lines = difference.splitlines()[2:]
    old, new = ("\n".join(line[1:] for line in lines if line[0] == sign) for sign in "-+")
    function = re.split("x_|ǁ", name.rpartition("__mutmut")[0], maxsplit=1)[-1].replace("ǁ", ".")
    return f"{function}: {changed(old, new)}"
