"""Ten thousand random tensors of 1 to 100,000 values: how many of them `decode` calls text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from snippets.bits import CHANCE, LEVEL, Memory, decode
from tests.snippets.random_tensors import random_tensor

TENSORS = 10_000


def test_random_tensors_are_called_text_no_oftener_than_stated(
    record_property: Callable[[str, object], None],
) -> None:
    counts: Counter[str] = Counter()
    called = []
    for seed in range(TENSORS):
        name, tensor = random_tensor(seed)
        found = decode(tensor)
        assert isinstance(found, Memory)
        counts["values"] += len(found.readings)
        counts["possible"] += bool(found.text)
        if found.likely:
            called.append(f"{name}: {found}")
    shown = f"{counts['possible']} called possible text, {len(called)} likely"
    line = f"decode: {TENSORS:,} random tensors, {counts['values']:,} values: {shown}"
    record_property("same", [line])
    assert len(called) <= LEVEL * TENSORS, called
    assert counts["possible"] <= CHANCE * TENSORS
