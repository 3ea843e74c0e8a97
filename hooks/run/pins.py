"""The torch that runs the pages must be the one that is pinned: outputs are part of the pages."""

from __future__ import annotations

import os
import re
from importlib import metadata
from pathlib import Path


def installed_torch() -> str:
    """torch's version without the local label, which names the build and not what it computes; or ""."""
    try:
        return metadata.version("torch").split("+")[0]
    except metadata.PackageNotFoundError:
        return ""


TORCH = installed_torch()
"""The version that the pages name."""


def pinned_torch(requirements: Path) -> str:
    """The version in `torch==…`. Raises `ValueError` when the file has no such line."""
    found = re.search(r"^torch==([^\s+;]+)", requirements.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise ValueError(f"{requirements.name} does not pin torch: write a line torch==<version>")
    return found[1]


def wrong_torch(requirements: Path) -> str | None:
    """Why the build must stop; None when all is well, or when `MKDOCS_ANY_TORCH` asks for a try."""
    installed, pinned = installed_torch(), pinned_torch(requirements)
    if installed == pinned or (installed and os.environ.get("MKDOCS_ANY_TORCH")):
        return None
    found = f"torch {installed} is installed" if installed else "torch is not installed"
    anyway = "; MKDOCS_ANY_TORCH=1 builds with the one installed" if installed else ""
    return (
        f"{found}, and {requirements.name} pins {pinned}: run `python -m pip install --requirement "
        f"{requirements.name}` in this environment{anyway}"
    )
