"""The places where the pages run: this machine with its libraries told to be on another processor."""

from __future__ import annotations

import functools
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.sources import ROOT

FOLDER = ROOT / ".cache" / "everywhere"

VENDOR = "int mkl_serv_intel_cpu(void) { return INTEL; } int mkl_serv_intel_cpu_true(void) { return INTEL; }"
"""MKL, the library that multiplies matrices in x86 builds of torch, takes other code on processors
that Intel has not made. These are the functions that it asks."""


@dataclass(frozen=True)
class Place:
    """Where a page runs: `python` with its arguments, and the variables of the environment."""

    name: str
    about: str
    environment: Mapping[str, str] = field(default_factory=dict)
    intel: bool | None = None  # what MKL takes the processor for, whoever made it; None: as it is
    python: tuple[str, ...] = (sys.executable,)
    patience: float = 1.0  # how much slower than this machine it may be

    def variables(self) -> dict[str, str]:
        """The whole environment of a process there."""
        base = {name: value for name, value in os.environ.items() if name not in SWITCHES}
        ours = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
        if self.intel is not None:
            ours["LD_PRELOAD"] = str(vendor(self.intel))
        return base | ours | self.environment


SWITCHES = (
    "ATEN_CPU_CAPABILITY",
    "LD_PRELOAD",
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "ONEDNN_MAX_CPU_ISA",
    "PYTHONOPTIMIZE",
)
"""Variables that the places set, and one that would leave out every assert: the caller's count for nothing."""

AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
}
SSE4 = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
}
SIMULATED = [
    Place("here", "this machine as it is"),
    Place("intel", "MKL's code for Intel", intel=True),
    Place("other", "MKL's code for other makers", intel=False),
    Place("laptop", "an Intel laptop: AVX2 everywhere", AVX2, intel=True),
    Place("ryzen", "the same by another maker", AVX2, intel=False),
    Place("server", "an old Intel server: SSE4 everywhere", SSE4, intel=True),
    Place("opteron", "the same by another maker", SSE4, intel=False),
    Place("aten-default", "torch's own loops: plain", {"ATEN_CPU_CAPABILITY": "default"}),
    Place("aten-avx2", "torch's own loops: AVX2", {"ATEN_CPU_CAPABILITY": "avx2"}),
    Place("mkl-sse4", "MKL: SSE4.2", {"MKL_ENABLE_INSTRUCTIONS": "SSE4_2"}, intel=True),
    Place("mkl-avx2", "MKL: AVX2", {"MKL_ENABLE_INSTRUCTIONS": "AVX2"}, intel=True),
    Place("cbwr", "MKL: one order of sums everywhere", {"MKL_CBWR": "COMPATIBLE"}, intel=True),
    Place("cbwr-avx2", "the same for AVX2", {"MKL_CBWR": "AVX2"}, intel=True),
    Place("cbwr-avx512", "the same for AVX-512", {"MKL_CBWR": "AVX512"}, intel=True),
    Place("onednn-sse4", "oneDNN: SSE4.1", {"ONEDNN_MAX_CPU_ISA": "SSE41"}),
    Place("onednn-avx2", "oneDNN: AVX2", {"ONEDNN_MAX_CPU_ISA": "AVX2"}),
    Place("onednn-avx512", "oneDNN: AVX-512", {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}),
    Place("threads-2", "two threads", {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "passive"}),
    Place("threads-4", "four threads", {"OMP_NUM_THREADS": "4", "OMP_WAIT_POLICY": "passive"}),
]
HANDFUL = ("ryzen", "server")
"""Two that share no code: other instructions, another maker. `make test` runs them, `make soak` runs all."""


def places(names: list[str] | None = None) -> list[Place]:
    """The simulated places with these names, or all that this machine can simulate."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        known = [place for place in SIMULATED if place.name in ("here", "threads-2", "threads-4")]
    elif not compiler():
        known = [place for place in SIMULATED if place.intel is None]
    else:
        known = SIMULATED
    if names is None:
        return known
    by_name = {place.name: place for place in known}
    if unknown := [name for name in names if name not in by_name]:
        raise SystemExit(f"no place {', '.join(unknown)} here: there are {', '.join(by_name)}")
    return [by_name[name] for name in names]


def amd(cpus: Path = Path("/proc/cpuinfo")) -> str:
    """What this machine's processor calls itself if AMD made it, else ""; `cpus` is Linux's list."""
    text = cpus.read_text(encoding="utf-8", errors="replace") if cpus.exists() else ""
    named = re.search(r"^model name\s*: (AMD.*)", text, re.MULTILINE)
    return named[1] if named else ""


def compiler() -> str | None:
    """A C compiler, which the choice of MKL's code needs; Linux alone can put a function before another."""
    return (shutil.which("cc") or shutil.which("gcc")) if sys.platform == "linux" else None


@functools.cache
def vendor(intel: bool) -> Path:
    """The library that answers MKL's question who made the processor; made at the first use."""
    library = FOLDER / f"vendor-{int(intel)}.so"
    if not library.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        partial = library.with_suffix(f".{os.getpid()}")
        command = [compiler() or "cc", "-shared", "-fPIC", f"-DINTEL={int(intel)}", "-x", "c", "-"]
        subprocess.run([*command, "-o", partial], input=VENDOR, text=True, check=True)
        partial.replace(library)
    return library
