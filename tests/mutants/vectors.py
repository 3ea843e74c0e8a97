"""What torch, NumPy and our snippets say to the lab's modules, as JSON."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from tests.browser.test_lab_number import SHARED, as_python_reads, random_texts
from tests.browser.test_lab_print import printed_tensors
from tests.lab.bits import bits_as_written
from tests.lab.scripts import random_scripts

LAYERS: list[dict[str, Any]] = [
    {"layer": "linear", "in": 2, "out": 2, "bias": True},
    {"layer": "linear", "in": 3, "out": 40, "bias": False},
    {"layer": "linear", "in": 7, "out": 150, "bias": True},
    {"layer": "linear", "in": 0, "out": 3, "bias": True},
    {"layer": "embedding", "num": 5, "dim": 3, "padding": None},
    {"layer": "embedding", "num": 33, "dim": 31, "padding": 0},
    {"layer": "embedding", "num": 20, "dim": 5, "padding": -1},
    {"layer": "embedding", "num": 2, "dim": 50, "padding": 1},
    {"layer": "rand", "shape": [999]},
    {"layer": "rand", "shape": [1000]},
    {"layer": "rand", "shape": [100]},
    {"layer": "randn", "shape": [99]},
    *({"layer": "randn", "shape": [n]} for n in (1, 5, 7, 8, 15, 16)),
    {"layer": "randn", "shape": []},
    {"layer": "randn", "shape": [2, 3, 4]},
    {"layer": "zeros", "shape": [3]},
]
BEYOND = {"layer": "randn", "shape": [500]}, 94
"""A layer and a seed that draw a number below -4, where no bar is."""
ODD = [
    *("[.25 -.5e3]", " 1.\t", "1.17549435e-38", "1.17549421e-38"),
    *(
        f"{np.frombuffer(text, dtype=np.float32).item():.8e}"
        for text in (b"\x7f\x7f\x7f\x7f", b"\"a'b", b"a'bc", b"a'b\"")
    ),
]
"""Numbers to read: without a 0 first, with spaces, next to the least normal one, texts that need quotes."""
EDGES = [
    *([1000.0, 1.0], [1e8, 2e7], [1e8, 1e5], [1e-4, 0.05]),
    torch.linspace(0, 0.9, 40).reshape(1, 2, 20).tolist(),
]
"""Numbers to print at the limits of scientific notation, and just as many as a line takes."""


def write(path: Path) -> None:
    """Write the vectors; the exact bits are claimed where they are proven, so nowhere else."""
    if not bits_as_written():
        raise SystemExit(
            "the lab claims torch's exact bits on Linux x86-64 with AVX2: run it there"
        )
    vectors = {
        "fma": [fused(*numbers) for numbers in products()],
        "scripts": [script(found) for found in random_scripts(60, seed=0)],
        "seeds": seeds(),
        "printed": [printed(tensor) for tensor in printed_tensors(300, seed=0) + edges()],
        "readings": [
            (text, as_python_reads(text)) for text in SHARED + ODD + random_texts(120, seed=0)
        ],
        "texts": [as_floats(text) for text in ("uch file or", "a", "weights!", "No such file")],
        "drawn": [drawn(layer, seed) for layer in LAYERS for seed in (0, 5)] + [drawn(*BEYOND)],
        "doubled": [doubled(layer) for layer in LAYERS if layer.get("shape") != []],
    }
    path.write_text(json.dumps(vectors), encoding="utf-8")


def bits(tensor: torch.Tensor) -> list[int]:
    """The patterns of float32 numbers."""
    found: list[int] = tensor.detach().flatten().numpy().view(np.uint32).tolist()
    return found


def products() -> list[tuple[np.float32, np.float32, np.float32]]:
    """Operands of a·b + c: ordinary ones, sums halfway between two float32 numbers or close to it."""
    rng = np.random.default_rng(0)
    found = [tuple(row) for row in rng.standard_normal((300, 3)).astype(np.float32)]
    step, half = 2.0**-23, 2.0**-12
    for more, less, sign, c in itertools.product((0, 1, 3), (0, 1, 3), (1, -1), (1, 1 + step, 4)):
        pair = half * (1 + more * step), sign * half * (1 - less * step)
        found += [tuple(map(np.float32, (*pair, c))), tuple(map(np.float32, (*pair, -c)))]
    tiny = np.float32(2.0**-60)
    for sign, a in itertools.product((1, -1), (1, -1)):  # a tie but for a number far below it
        near = np.float32(1 + half), np.float32(a * (1 + half))
        found += [(*near, sign * tiny), (tiny, sign * tiny, np.float32(a))]
    return found  # type: ignore[return-value]


def fused(a: np.float32, b: np.float32, c: np.float32) -> list[float]:
    """The operands and a·b + c rounded once, a tie to the even pattern."""
    exact = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
    near = np.float32(float(exact))
    around = [np.nextafter(near, np.float32(end)) for end in (-math.inf, math.inf)]
    best = min(
        [near, *around],
        key=lambda v: (abs(Fraction(float(v)) - exact), int(v.view(np.uint32)) % 2),
    )
    return [float(number) for number in (a, b, c, best)]


def script(found: Any) -> dict[str, Any]:
    """A script's calls and the bits that torch draws for them."""
    drawn = [number for tensor in found.in_torch() for number in bits(tensor)]
    return {"seed": str(found.seed), "calls": found.calls, "bits": drawn}


def seeds() -> list[tuple[str, list[int]]]:
    """Seeds at the ends of what torch takes, and what `torch.rand(3)` gives after them."""
    found = []
    for seed in (2**64 - 1, -(2**63), 2**60, 0, 5, -1):
        torch.manual_seed(seed)
        found.append((str(seed), bits(torch.rand(3))))
    return found


def printed(tensor: torch.Tensor) -> list[Any]:
    """A tensor's bits and shape, and how torch prints it and a Parameter of it."""
    return [bits(tensor), list(tensor.shape), str(tensor), repr(nn.Parameter(tensor))]


def edges() -> list[torch.Tensor]:
    """Tensors at the limits of a rule of printing; empty ones of many sizes, which take a line or two."""
    empty = [torch.empty([0, *[1] * more]) for more in range(1, 24)]
    return [torch.tensor(numbers) for numbers in EDGES] + empty


def as_floats(text: str) -> list[str]:
    """A text, and what a tensor prints that holds it in characters of 8, 16 and 32 bits."""
    shown = []
    for width, encoding in ((8, "ascii"), (16, "utf-16-le"), (32, "utf-32-le")):
        memory = bytearray(text.encode(encoding))
        memory += bytes(-len(memory) % 4)
        shown.append(f"{width}-bit characters:\n{torch.frombuffer(memory, dtype=torch.float32)}")
    return [text, "\n\n".join(shown)]


def make(layer: dict[str, Any], rows: int = 1) -> list[torch.Tensor]:
    """The layer's parameters as torch draws them, with `rows` times as many rows."""
    if "shape" in layer:
        first, rest = layer["shape"][:1], layer["shape"][1:]
        shape = [size * rows for size in first] + rest
        return [getattr(torch, layer["layer"])(shape)]
    if layer["layer"] == "linear":
        made: nn.Module = nn.Linear(layer["in"], rows * layer["out"], bias=layer["bias"])
    else:
        made = nn.Embedding(rows * layer["num"], layer["dim"], padding_idx=layer["padding"])
    return [parameter.detach() for parameter in made.parameters()]


def drawn(layer: dict[str, Any], seed: int) -> dict[str, Any]:
    """A layer as the lab takes it, what Python prints for it, and measurements of each tensor."""
    torch.manual_seed(seed)
    tensors = make(layer)
    results = []
    for tensor in tensors:
        values = tensor
        if layer.get("padding") is not None:
            keep = torch.arange(len(values)) != layer["padding"] % len(values)
            values = values[keep]
        values = values.double().flatten()
        n = len(values)
        end = 4.0
        if layer["layer"] == "linear" and layer["in"]:
            end = float(np.float32(layer["in"] ** -0.5))
        low = 0.0 if layer["layer"] == "rand" else -end
        found: dict[str, Any] = {"text": repr(nn.Parameter(tensor)), "n": n}
        if n and values.any():
            bars = 10 if n < 100 else 20 if n < 1000 else 40
            at = ((values - low) / ((1.0 if low == 0 else end) - low) * bars).floor()
            found |= {
                "min": values.min().item(),
                "max": values.max().item(),
                "mean": values.mean().item(),
                "std": values.std().item() if n > 1 else None,
                "counts": [int((at == bar).sum()) for bar in range(bars)],
            }
        results.append(found)
    return {"seed": str(seed), "layer": layer, "results": results}


def doubled(layer: dict[str, Any]) -> dict[str, Any]:
    """How many of the layer's numbers stay when its rows double."""
    free = layer if layer["layer"] != "embedding" else {**layer, "padding": None}
    few, many = (torch.manual_seed(0) and make(free, rows)[0].flatten() for rows in (1, 2))
    equal = few == many[: len(few)]
    return {"layer": layer, "n": len(few), "same": int(equal.long().cumprod(0).sum())}
