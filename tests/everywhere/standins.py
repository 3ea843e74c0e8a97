"""Stand-ins for the CUDA libraries that a build of torch for GPUs must find before it runs on a CPU.

Only the CUDA runtime is real: torch registers its kernels there while it is loaded. Of the others, gigabytes,
nothing is called on a CPU. A stand-in has the name and the functions that torch's files ask for, and a
function that is called after all ends the process with a message.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

REAL = re.compile(r"libcudart\.|libcuda\.so")
"""The runtime is downloaded; the driver is looked for by the runtime, and its absence means: no GPU."""
OURS = re.compile(r"lib(cu|nv|nccl)")
LOOSE = re.compile(r"cu[A-Z]|cu[a-z]+[A-Z]|nccl|nv[a-z]+")
"""Functions of CUDA's libraries that are asked for without a version."""
BODY = """#include <stdio.h>
#include <stdlib.h>
static void stop(const char *name) {
  fprintf(stderr, "%s is a stand-in: this torch runs on the CPU alone\\n", name);
  abort();
}
"""


def stand_in(torch: Path) -> list[str]:
    """Write a stand-in beside torch's own libraries for each one that they need and that is not there.

    `torch` is the folder of the package. Needs a C compiler and the binutils. Returns the names.
    """
    folder = torch / "lib"
    libraries = sorted(folder.glob("*.so*"))
    asked: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    loose: set[str] = set()
    for library in libraries:
        versions = _versions(library)
        for name in re.findall(r"NEEDED.*\[(.+)\]", _run("readelf", "-dW", library)):
            _ = asked[name]
        for line in _run("nm", "-D", "--undefined-only", library).splitlines():
            symbol, _, version = line.split()[-1].partition("@")
            if version in versions:
                asked[versions[version]][version].add(symbol)
            elif not version and LOOSE.match(symbol):
                loose.add(symbol)
    there = {library.name for library in libraries}
    missing = sorted(name for name in asked.keys() - there if OURS.match(name))
    missing = [name for name in missing if not REAL.match(name)]
    for number, name in enumerate(missing):
        _compile(folder / name, asked[name], set() if number else loose)
    return missing


def _versions(library: Path) -> dict[str, str]:
    """Version of a symbol -> the CUDA library that a file expects to define it."""
    found, file = {}, ""
    for line in _run("readelf", "-VW", library).splitlines():
        if named := re.search(r"File: (\S+)", line):
            file = named[1]
        elif (version := re.search(r"Name: (\S+)", line)) and OURS.match(file):
            found[version[1]] = file
    return found


def _compile(library: Path, versions: dict[str, set[str]], loose: set[str]) -> None:
    symbols = sorted(set().union(loose, *versions.values()))
    code = BODY + "".join(f'void {name}(void) {{ stop("{name}"); }}\n' for name in symbols)
    script = "".join(
        f"{version} {{ global: {'; '.join(sorted(names))}; }};\n"
        for version, names in versions.items()
    )
    with tempfile.NamedTemporaryFile("w", suffix=".map") as names:
        names.write(script)
        names.flush()
        command = ["cc", "-shared", "-fPIC", "-w", "-x", "c", "-", "-o", str(library)]
        command += [f"-Wl,-soname,{library.name}"]
        command += [f"-Wl,--version-script={names.name}"] if script else []
        subprocess.run(command, input=code, text=True, check=True)


def _run(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
