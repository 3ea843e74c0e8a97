"""Environments of other versions: what they take, and stand-ins that let a library be loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.everywhere import environments
from tests.everywhere.places import amd, compiler
from tests.everywhere.record import PIN
from tests.everywhere.standins import stand_in

CUDA = "int cublasCreate(void) { return 7; } int ncclSend(void) { return 8; }"
TORCH = "int cublasCreate(void); int ncclSend(void); int half(void) { return 21; }"
TORCH += "int whole(void) { return cublasCreate(); } int sent(void) { return ncclSend(); }"


def compile_shared(code: str, path: Path, *options: str) -> None:
    command = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(path), *options]
    subprocess.run(command, input=code, text=True, check=True)


@pytest.mark.skipif(not compiler(), reason="stand-ins are made on Linux, with a C compiler")
@pytest.mark.parametrize("versioned", [True, False])
def test_a_library_loads_with_stand_ins_and_ends_when_one_is_called(
    tmp_path: Path, versioned: bool
) -> None:
    lib = tmp_path / "torch" / "lib"
    lib.mkdir(parents=True)
    (tmp_path / "map").write_text("CUBLAS { global: cublasCreate; };")
    cuda, options = lib / "libcublas.so.9", ["-Wl,-soname,libcublas.so.9"]
    if versioned:
        options.append(f"-Wl,--version-script={tmp_path / 'map'}")
    compile_shared(CUDA, cuda, *options)
    here = "-Wl,-rpath,$ORIGIN"
    compile_shared(TORCH, lib / "libtorch_cuda.so", "-x", "none", str(cuda), here, "-Wl,-z,now")
    cuda.unlink()
    load = f"import ctypes; torch = ctypes.CDLL({str(lib / 'libtorch_cuda.so')!r}); "

    def run(code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", load + code], capture_output=True, text=True)

    assert "libcublas.so.9: cannot open shared object file" in run("").stderr
    assert stand_in(tmp_path / "torch") == ["libcublas.so.9"]
    assert run("print(torch.half())").stdout == "21\n"
    for function, name in (("whole", "cublasCreate"), ("sent", "ncclSend")):
        called = run(f"torch.{function}()")
        assert called.returncode < 0
        assert called.stderr == f"{name} is a stand-in: this torch runs on the CPU alone\n"
    assert stand_in(tmp_path / "torch") == []


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(environments, "FOLDER", tmp_path)
    monkeypatch.setattr("subprocess.run", None)  # nothing may start
    return tmp_path


def test_what_is_there_is_not_made_again(folder: Path) -> None:
    environments.make(PIN)
    (folder / "2.4.1").mkdir()
    (folder / "2.4.1" / "done").touch()
    environments.make("2.4.1")


def test_room_is_asked_for_before_a_download(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=3_900_000_000))
    with pytest.raises(SystemExit, match="too little room"):
        environments.make("2.4.1")
    told = "torch 2.4.1: about 0.9 GB to download (0.2 GB where pip finds a CPU build)"
    assert capsys.readouterr().err == f"{told}, 4 GB of room; 4 GB are free\n"


def test_an_environment_goes_unless_it_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "2.4.1").mkdir()
    monkeypatch.setenv("KEEP", "1")
    environments.remove("2.4.1")
    assert (folder / "2.4.1").exists()
    monkeypatch.delenv("KEEP")
    environments.remove("2.4.1")
    assert not (folder / "2.4.1").exists()


def test_the_newest_is_what_pip_names(monkeypatch: pytest.MonkeyPatch) -> None:
    report = json.dumps({"install": [{"metadata": {"version": "2.15.0+cpu"}}]})
    answers = [SimpleNamespace(returncode=0, stdout=report)]
    answers += [SimpleNamespace(returncode=1, stderr="no network\n")]
    monkeypatch.setattr("subprocess.run", lambda *args, **kwargs: answers.pop(0))
    assert environments.newest() == "2.15.0"
    with pytest.raises(SystemExit, match="pip names no newest torch:\nno network"):
        environments.newest()


@pytest.mark.parametrize(
    ("need", "runtime"),
    [
        ("nvidia-cuda-runtime-cu12 (==12.1.105) ; platform_system == 'Linux'",
         "nvidia-cuda-runtime-cu12==12.1.105"),
        ("cuda-toolkit[cublas,cudart]==13.0.3; platform_system == 'Linux'",
         "cuda-toolkit[cudart]==13.0.3"),
    ],
)  # fmt: skip
def test_the_runtime_is_the_one_that_torch_names(tmp_path: Path, need: str, runtime: str) -> None:
    info = tmp_path / "torch-2.4.1.dist-info"
    info.mkdir()
    text = f"Metadata-Version: 2.1\nName: torch\nVersion: 2.4.1\nRequires-Dist: {need}\n"
    (info / "METADATA").write_text(text)
    assert environments._runtime(tmp_path) == runtime
    (info / "METADATA").write_text(text.replace(need, "sympy"))
    with pytest.raises(SystemExit, match="names no CUDA runtime"):
        environments._runtime(tmp_path)


def test_a_processor_of_amd_is_measured_as_it_is(tmp_path: Path) -> None:
    cpus = tmp_path / "cpuinfo"
    cpus.write_text(
        "vendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 9\nmodel name\t: AMD EPYC 9\n"
    )
    assert amd(cpus) == "AMD EPYC 9"
    cpus.write_text("vendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R), no AMD\n")
    assert amd(cpus) == amd(tmp_path / "none") == ""
