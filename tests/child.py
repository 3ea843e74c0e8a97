"""Run a function in a forked process, where nothing that it does to torch reaches the others."""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from hooks.run.imports import preload


def in_child(what: str, limit: float | None, work: Callable[..., Any], *args: Any) -> Any:
    """What `work(*args)` returns in a process of its own, with one thread.

    `what` names it in the `RuntimeError` for a process that dies or runs past `limit` seconds.
    """
    warm_up()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(sender, work, args))
    child.start()
    sender.close()
    try:
        if not receiver.poll(limit):
            raise RuntimeError(f"{what} ran past {limit:.0f} s")
        return receiver.recv()
    except EOFError:
        raise RuntimeError(f"{what} died") from None
    finally:
        child.kill()
        child.join()


@functools.cache
def warm_up() -> None:
    """Import once, before the forks, what torch imports late: it would cost each run seconds."""
    import torch

    preload(["scipy.stats", "torch.optim", "torch.testing", "torch.use_deterministic_algorithms"])
    torch.nn.Linear(1, 1, device="meta").to_empty(device="cpu")
    assert not torch.are_deterministic_algorithms_enabled()


def _send(sender: Connection, work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    import torch  # in the child: its threads must not exist before the fork

    torch.set_num_threads(1)
    sender.send(work(*args))
