"""The lab's modules become one script in its page; what cannot be read that way is refused."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from graphlib import CycleError
from pathlib import Path

import pytest
from mkdocs.exceptions import PluginError

from hooks.show.lab import bundle, inline
from tests.build.project import ROOT

LAB = ROOT / "docs" / "assets" / "lab"
TAG = '<script type="module" src="../assets/lab/lab.js"></script>'


def write(folder: Path, **modules: str) -> Path:
    lab = folder / "assets" / "lab"
    lab.mkdir(parents=True)
    for name, text in modules.items():
        (lab / f"{name}.js").write_text(text, encoding="utf-8")
    return lab / "lab.js"


def test_a_module_is_put_in_once_and_before_what_imports_it(tmp_path: Path) -> None:
    entry = write(
        tmp_path,
        lab='import { two } from "./two.js";\nimport { one } from "./one.js";\nshow(one + two);\n',
        two='import { one } from "./one.js";\nexport const two = one + one;\n',
        one="export const one = 1;\nexport function unused() {}\nexport class Same {}\n",
    )
    script = bundle(entry)
    assert script.count("const one = 1;") == 1
    assert script.index("const one = 1;") < script.index("const two =") < script.index("show(")
    assert "\nfunction unused() {}\nclass Same {}\n" in script
    assert "import" not in script
    assert "export" not in script


def test_a_script_word_by_word(tmp_path: Path) -> None:
    one = 'import { two } from "./two.js";\nshow(two);\n'
    entry = write(tmp_path, lab=one, two="export const two = 2;\n")
    assert bundle(entry) == (
        '(function lab() {\n"use strict";\nconst two = 2;\nshow(two);\n})();\n'
    )


def test_only_the_tag_of_the_lab_is_replaced(tmp_path: Path) -> None:
    write(tmp_path, lab="start();\n")
    assert inline("<p>no lab here</p>", tmp_path) == "<p>no lab here</p>"
    page = inline(f"<p>before</p>{TAG}<p>after</p>", tmp_path)
    assert page.startswith("<p>before</p><script>(function lab() {")
    assert page.endswith("})();\n</script><p>after</p>")
    assert "start();" in page
    assert 'module"' not in page


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ('import one from "./one.js";', 'import one from "./one.js";'),
        ('import { one as two } from "./one.js";', 'import { one as two } from "./one.js";'),
        ("let a;\nexport default a;", "export default a;"),
        ("export let a = 1;", "export let a = 1;"),
        ("const a = '</script>';", "</script"),
        ("const a = '</Script>';", "</Script"),
        ("const a = '<!--';", "<!--"),
    ],
)
def test_what_a_classic_script_cannot_say_is_refused(
    tmp_path: Path, module: str, message: str
) -> None:
    with pytest.raises(PluginError) as error:
        bundle(write(tmp_path, lab=module))
    assert str(error.value) == f"lab.js: the build cannot put `{message}` into a script"


def test_modules_that_import_each_other_are_refused(tmp_path: Path) -> None:
    entry = write(
        tmp_path, lab='import { a } from "./a.js";\n', a='import { b } from "./lab.js";\n'
    )
    with pytest.raises(CycleError, match=r"a\.js"):
        bundle(entry)


def test_a_name_belongs_to_one_module_of_the_lab() -> None:
    named = r"^(?:export )?(?:const|let|class|function\*?) (\w+|\[.*?\]|\{.*?\})"
    names = Counter(
        name
        for module in LAB.glob("*.js")
        for found in re.findall(named, module.read_text(encoding="utf-8"), re.MULTILINE)
        for name in re.findall(r"\w+", found)
    )
    assert len(names) > 80
    assert {name for name, count in names.items() if count > 1} == set()


def test_the_lab_s_own_modules_are_all_in_the_script_and_light() -> None:
    script = bundle(LAB / "lab.js")
    modules = sorted(LAB.glob("*.js"))
    assert len(modules) >= 10
    for module in modules:
        code = re.sub(r"^(import .*\n|export )", "", module.read_text("utf-8"), flags=re.MULTILINE)
        assert code in script, module.name
    source = b"".join(module.read_bytes() for module in modules)
    assert len(gzip.compress(source, 9)) <= 13 * 1024
    assert len(gzip.compress(script.encode(), 9)) <= 13.5 * 1024
