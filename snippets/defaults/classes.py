"""Build a layer of the table, and list the classes of torch.nn that make no tensor their own."""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from snippets.defaults.cases import CASES, FIRST_INPUT
from snippets.defaults.source import class_node

HOLDERS = {
    **dict.fromkeys(("Module", "Container", "Sequential", "ModuleList", "ModuleDict"), ""),
    **dict.fromkeys(("ParameterList", "ParameterDict", "TripletMarginWithDistanceLoss"), ""),
    "DataParallel": "nn.Identity()",
}
"""Classes that own nothing and hold what you put into them -> arguments to build them with."""

REQUIRED: dict[str, Any] = {
    **dict.fromkeys(("output_size", "kernel_size", "groups", "size"), 2),
    **dict.fromkeys(("upscale_factor", "downscale_factor", "padding", "dim"), 2),
    **dict.fromkeys(("value", "threshold", "norm_type"), 1.0),
    "unflattened_size": (2, 2),
}
"""A value for each argument without a default of the classes that own nothing."""

MAKERS = {"Parameter", "Buffer", "register_parameter", "register_buffer"}
MAKERS |= {"UninitializedParameter", "UninitializedBuffer"}
"""What a class must call to make a tensor its own; or it makes a layer of the table."""

EXPECTED = (
    "Initializing zero-element tensors is a no-op",
    "enable_nested_tensor is True",
    "`NLLLoss2d` has been deprecated",
    "`nn.Container` is deprecated",
)
"""What torch warns of when it builds these classes."""


@dataclass(frozen=True)
class Built:
    """A new module, and the keyword arguments that it was made with."""

    module: nn.Module
    keywords: dict[str, Any]


def builder(name: str, args: str) -> Callable[[], Built]:
    """A function that builds `torch.nn.<name>(<args>)` anew each time, first input included."""
    args, _, shape = args.partition(FIRST_INPUT.strip())
    code = compile(f"capture({args}\n)", f"nn.{name}({args.strip()})", "eval")
    first = ast.literal_eval(shape.strip()) if shape else None

    def build() -> Built:
        names: dict[str, Any] = {"nn": nn, "torch": torch}
        names["capture"] = lambda *given, **named: (given, named)
        with warnings.catch_warnings():
            for text in EXPECTED:
                warnings.filterwarnings("ignore", text)
            positional, keywords = eval(code, names)
            module = getattr(nn, name)(*positional, **keywords)
            if first:
                module.initialize_parameters(torch.zeros(first))
        return Built(module, keywords)

    return build


def public_classes() -> dict[str, type[nn.Module]]:
    """Every public class of torch.nn that is a Module, by name, in the order of the alphabet."""
    every = {name: getattr(nn, name) for name in sorted(dir(nn)) if not name.startswith("_")}
    return {
        name: kind
        for name, kind in every.items()
        if inspect.isclass(kind) and issubclass(kind, nn.Module)
    }


def owns_nothing(kind: type[nn.Module]) -> bool:
    """Whether a class makes no tensor its own: its source calls no maker, and a new one is empty.

    Raises `KeyError` for a class whose required arguments are not in `REQUIRED`.
    """
    bases = (base for base in kind.__mro__ if base not in (nn.Module, object))
    nodes = (node for base in bases for node in ast.walk(class_node(base)))
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    called = {getattr(call, "attr", getattr(call, "id", "")) for call in calls}
    if called & (MAKERS | CASES.keys()):
        return False
    required = [
        argument.name
        for argument in inspect.signature(kind).parameters.values()
        if argument.default is argument.empty and argument.kind is argument.POSITIONAL_OR_KEYWORD
    ]
    module = kind(*(REQUIRED[name] for name in required))
    return not [*module.parameters(), *module.buffers()]
