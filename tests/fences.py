"""The pages' fences as tests: each begins where the one before it on its page stopped, as in a notebook."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from pytest_markdown_docs._runners import DefaultRunner, register_runner
from pytest_markdown_docs.definitions import FenceTestDefinition


@register_runner(default=True)
class Onward(DefaultRunner):
    """Runs of a fence that continues the fence run last its own lines only.

    The plug-in alone runs all that a fence continues again for each fence. So does this one where
    the fence before it was not the last to run, or failed.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.path: object = None
        self.source = ""
        self.names: dict[str, Any] = {}
        self.random = torch.empty(0)

    def runtest(
        self, test: FenceTestDefinition, args: dict[str, Any], *, asyncio_runner: object = None
    ) -> None:
        """Raise what the fence raises; the lines in it are those of the page."""
        left = test
        if self.path == test.source_path and test.source.startswith(self.source):
            args = self.names
            torch.set_rng_state(self.random)
            lines = "\n" * self.source.count("\n")
            left = replace(test, source=lines + test.source.removeprefix(self.source))
        self._forget()
        super().runtest(left, args, asyncio_runner=asyncio_runner)
        self.path, self.source, self.names = test.source_path, test.source, args
        self.random = torch.get_rng_state()
