"""Machines that an emulator plays: x86-64 processors of AMD and Intel, and ARM with a Python of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

from tests.everywhere.places import FOLDER, Place
from tests.sources import ROOT

ARM = FOLDER / "arm"
PATIENCE = 60.0
DEBIAN = """
libbz2-1.0 libc6 libcrypt1 libdb5.3 libexpat1 libffi8 libgcc-s1 libgomp1 liblzma5 libncursesw6 libnsl2
libpython3.11-minimal libpython3.11-stdlib libreadline8 libsqlite3-0 libssl3 libstdc++6 libtinfo6 libtirpc3
libuuid1 python3.11-minimal zlib1g
"""
WHEELS = """
asttokens executing filelock fsspec ipython ipython-pygments-lexers jedi jinja2 markupsafe matplotlib-inline
mpmath networkx numpy packaging parso pexpect prompt-toolkit psutil ptyprocess pure-eval pygments
python-dateutil scipy setuptools stack-data sympy traitlets typing-extensions wcwidth
"""
CPUINFO = """processor : 0
Features : fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm
CPU implementer : 0x41
CPU architecture: 8
CPU variant : 0x3
CPU part : 0xd0c
CPU revision : 1
"""
"""A Neoverse N1: torch's libraries read it here, and end the import where they read of another machine."""


def amd() -> list[Place]:
    """An AMD and an Intel processor without AVX-512, played by QEMU, with this environment's Python."""
    _need("qemu-x86_64-static", "about ten times the time of one place")
    packages = sysconfig.get_path("purelib")
    return [
        Place(
            name,
            f"an emulated {cpu}",
            {"PYTHONPATH": f"{ROOT}{os.pathsep}{packages}"},
            python=("qemu-x86_64-static", "-cpu", cpu, os.path.realpath(sys.executable)),
            patience=PATIENCE,
        )
        for name, cpu in (("epyc", "EPYC-Milan"), ("haswell", "Haswell"))
    ]


def arm() -> list[Place]:
    """An ARM server played by QEMU; its Python and its packages are downloaded once."""
    new = "" if (ARM / "done").exists() else ", 3 GB of downloads and 7 GB of room"
    _need("qemu-aarch64-static", f"an hour or more{new}; what is done stays when you stop it")
    if new:
        _build()
    root, site = ARM / "root", ARM / "site"
    libraries = f"{root}/usr/lib/aarch64-linux-gnu{os.pathsep}{site}/torch/lib"
    environment = {
        "LD_LIBRARY_PATH": libraries,
        "PYTHONHOME": f"{root}/usr",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{site}",
    }
    emulator = ("qemu-aarch64-static", "-cpu", "neoverse-n1", "-L", str(root))
    python = (*emulator, f"{root}/usr/bin/python3.11")
    about = "an emulated Neoverse N1"
    return [Place("neoverse", about, environment, python=python, patience=PATIENCE)]


def _need(emulator: str, cost: str) -> None:
    print(f"{emulator}: {cost}", file=sys.stderr)
    if not shutil.which(emulator):
        raise SystemExit(f"{emulator} is missing: on Debian, apt-get install qemu-user-static")


def _build() -> None:
    """Unpack Debian's Python for ARM into root/, the wheels into site/; what is there is not fetched again."""
    root, site = ARM / "root", ARM / "site"
    for folder in ("debs", "wheels", "apt/lists/partial", "apt/cache/archives/partial"):
        (ARM / folder).mkdir(parents=True, exist_ok=True)
    if not list((ARM / "debs").glob("python3.11-minimal*")):
        options = [
            "APT::Architecture=arm64",
            "APT::Architectures=arm64",
            "Dir::State::status=/dev/null",
        ]
        options += [f"Dir::State::Lists={ARM}/apt/lists", f"Dir::Cache={ARM}/apt/cache"]
        apt = ["apt-get", "-qq", *(part for option in options for part in ("-o", option))]
        subprocess.run([*apt, "update"], check=True)
        subprocess.run([*apt, "download", *DEBIAN.split()], cwd=ARM / "debs", check=True)
    locks = [ROOT / name for name in ("requirements.txt", "requirements-torch.txt")]
    lines = [line for lock in locks for line in lock.read_text(encoding="utf-8").splitlines()]
    pins = {line.split("==")[0]: line.split()[0] for line in lines if re.match(r"[a-z].*==", line)}
    wanted = [pins[name] for name in ("torch", *WHEELS.split()) if name in pins]
    systems = [f"--platform=manylinux_2_{n}_aarch64" for n in range(17, 40)]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:", *systems]
    pip += [f"--dest={ARM / 'wheels'}", "--python-version=311", "--platform=manylinux2014_aarch64"]
    subprocess.run([*pip, "--no-deps", *wanted], check=True)
    if gpu := _gpu_libraries(next((ARM / "wheels").glob("torch-*.whl"))):
        subprocess.run([*pip, *gpu], check=True)
    for deb in (ARM / "debs").glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", deb, root], check=True)
    shutil.copytree(root / "lib", root / "usr" / "lib", symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(root / "lib")
    (root / "lib").symlink_to("usr/lib")
    for wheel in (ARM / "wheels").glob("*.whl"):
        shutil.unpack_archive(wheel, site, "zip")
    identity = root / "sys/devices/system/cpu/cpu0/regs/identification"
    for file, text in ((root / "proc/cpuinfo", CPUINFO), (identity / "midr_el1", "0x413fd0c1\n")):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    shutil.rmtree(ARM / "wheels")
    (ARM / "done").touch()


def _gpu_libraries(torch: Path) -> list[str]:
    """What a wheel of torch that can use a GPU must have beside it to be imported, GPU or not."""
    with zipfile.ZipFile(torch) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        lines = wheel.read(name).decode().splitlines()
    needs = [line.removeprefix("Requires-Dist: ") for line in lines if "Requires-Dist: " in line]
    return [need.split(";")[0].strip() for need in needs if re.match("nvidia-|cuda-toolkit", need)]
