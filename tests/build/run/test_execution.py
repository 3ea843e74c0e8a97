"""Running pages: outputs, isolation, errors, limits; in the real warm process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hooks.read.source import Cell, Source
from hooks.run.execution import Result, Runner
from tests.build.project import happens


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """One warm process for the tests of this file."""
    warm = Runner()
    yield warm
    warm.stop()


def run(runner: Runner, *codes: str, name: str = "p.md") -> Result:
    """Run one page; its cells start on lines 10, 20, …"""
    cells = [Cell(code, 10 * number) for number, code in enumerate(codes, start=1)]
    ((_, result),) = runner.run([Source(name, cells=cells)])
    return result


def text(result: Result, number: int = 0) -> str:
    return "".join(output["text"] for output in result.cells[number] if "text" in output)


def test_cells_share_their_state_and_show_their_outputs_in_order(runner: Runner) -> None:
    result = run(
        runner, "x = 1\nprint('a')", "import sys\nprint(x, file=sys.stderr)\nprint('b')\nx + 1"
    )
    assert result.problem is None
    assert text(result, 0) == "a\n"
    assert text(result, 1) == "1\nb\n"
    assert result.cells[1][1]["data"]["text/plain"] == "2"


def test_output_of_other_programs_is_captured_and_escape_codes_are_removed(runner: Runner) -> None:
    result = run(runner, r"import os; os.system('echo from a shell'); print('\x1b[31mred\x1b[0m')")
    assert text(result) == "from a shell\nred\n"


def test_the_output_is_kept_in_no_file_with_a_name(runner: Runner) -> None:
    """To find a folder, tempfile writes a file there and remembers; a kill at that moment leaves it."""
    assert text(run(runner, "import tempfile; print(tempfile.tempdir)")) == "None\n"


def test_html_svg_and_png_outputs_are_kept(runner: Runner) -> None:
    code = """
from IPython.display import HTML, SVG, Image, display
import base64
display(HTML("<b>x</b>"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg'/>"))
display(Image(base64.b64decode("iVBORw0KGgo="), format="png"))
"""
    kinds = [set(output["data"]) - {"text/plain"} for output in run(runner, code).cells[0]]
    assert kinds == [{"text/html"}, {"image/svg+xml"}, {"image/png"}]


def test_every_page_gets_a_fresh_process(runner: Runner) -> None:
    spoil = """
import torch, os
torch.set_default_dtype(torch.float64)
torch.use_deterministic_algorithms(True)
torch.manual_seed(7)
torch.nn.Linear.reset_parameters = None
os.environ["SPOILED"] = "1"
leaked = 1
"""
    look = """
import torch, os
print(torch.get_default_dtype(), torch.are_deterministic_algorithms_enabled(), torch.initial_seed())
print(callable(torch.nn.Linear.reset_parameters), "SPOILED" in os.environ, "leaked" in globals())
"""
    before = text(run(runner, look))
    run(runner, spoil)
    assert text(run(runner, look)) == before
    assert "torch.float32 False" in before
    assert "True False False" in before


def test_results_do_not_depend_on_the_number_of_cores(runner: Runner) -> None:
    assert text(run(runner, "import torch; print(torch.get_num_threads())")) == "1\n"


def test_an_error_names_page_line_cell_and_cause(runner: Runner) -> None:
    result = run(runner, "x = 1", "y = 2\nassert x == y, 'not equal'\nprint('never')", "z = 3")
    problem = str(result.problem)
    assert problem.startswith("p.md:21: this cell raises\n")
    assert ">   21  assert x == y, 'not equal'" in problem
    assert "\nAssertionError: not equal\nRan with torch " in problem
    assert result.stopped == 1
    assert len(result.cells) == 2  # what comes after it did not run


def test_a_syntax_error_names_its_line(runner: Runner) -> None:
    problem = str(run(runner, "x = 1\ny = = 2").problem)
    assert problem.startswith("p.md:11: this cell raises\n")
    assert "SyntaxError: invalid syntax" in problem


def test_an_error_inside_a_library_names_the_line_of_the_page(runner: Runner) -> None:
    problem = str(run(runner, "import torch\n\ntorch.nn.Linear(2, 3)(torch.ones(2, 5))").problem)
    assert problem.startswith("p.md:12: ")
    assert "mat1 and mat2 shapes cannot be multiplied" in problem


def test_a_cell_that_never_ends_is_stopped(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the processor's time or, on a machine that is busy enough, by the clock: test_limits.py has both."""
    monkeypatch.setenv("MKDOCS_CELL_SECONDS", "1")
    result = run(runner, "x = 1", "while True:\n    pass")
    assert str(result.problem).startswith("p.md:20: this cell ran past its limit of 1")


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import os; os._exit(3)", "exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal 9"),
    ],
)
def test_a_cell_that_ends_the_process_is_reported(runner: Runner, code: str, how: str) -> None:
    problem = str(run(runner, "x = 1", code).problem)
    assert problem.startswith(f"p.md:20: this cell ended the process ({how})")


def test_a_cell_that_calls_exit_is_reported(runner: Runner) -> None:
    assert str(run(runner, "import sys\nsys.exit(1)").problem).startswith("p.md:11: ")


def test_a_cell_that_prints_without_end_is_refused(runner: Runner) -> None:
    problem = str(run(runner, "print('x' * 2_000_000)").problem)
    assert problem.startswith("p.md:10: this cell prints more than 1,000,000 characters")


def test_what_a_page_starts_ends_with_it(runner: Runner) -> None:
    code = "import subprocess\nprint(subprocess.Popen(['sleep', '9999']).pid)"
    pid = int(text(run(runner, code)))
    status = Path(f"/proc/{pid}/status")
    assert happens(lambda: not status.exists() or "zombie" in status.read_text(encoding="utf-8")), (
        f"process {pid} is still there"
    )


def test_pages_run_side_by_side_and_each_gets_its_own_result(runner: Runner) -> None:
    pages = [Source(f"{i}.md", cells=[Cell(f"print({i})", 1)]) for i in range(8)]
    printed = {page.path: text(result) for page, result in runner.run(pages)}
    assert printed == {f"{i}.md": f"{i}\n" for i in range(8)}


def test_a_warm_process_that_died_is_reported_and_the_next_run_starts_another() -> None:
    warm = Runner()
    warm.start()
    assert warm._process is not None
    warm._process.kill()
    warm._process.wait()
    assert text(run(warm, "print('again')")) == "again\n"
    warm.stop()


def test_without_torch_the_message_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    warm = Runner()
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(RuntimeError, match="is torch installed"):
        run(warm, "print(1)")
    warm.stop()


def test_nothing_starts_for_no_pages_and_nothing_is_stopped_twice() -> None:
    runner = Runner()
    assert list(runner.run([])) == []
    assert runner._process is None
    assert runner.stop() is None


def test_what_the_environment_tells_python_changes_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("OPTIMIZE", "1"), ("WARNINGS", "error"), ("DEVMODE", "1")):
        monkeypatch.setenv(f"PYTHON{name}", value)
    warn = "import warnings\nwarnings.warn_explicit('old', DeprecationWarning, 'library.py', 1)"
    told = Runner()
    result = run(told, f"{warn}\nprint('ran')", "assert 1 + 1 == 3")
    told.stop()
    assert text(result) == "ran\n"
    assert str(result.problem).startswith("p.md:20: this cell raises")
