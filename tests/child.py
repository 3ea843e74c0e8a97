"""Run a function in a forked process, where nothing that it does to torch reaches the others."""

from __future__ import annotations

import functools
import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from hooks.run import limits
from hooks.run.imports import preload


def in_child(what: str, limit: float | None, work: Callable[..., Any], *args: Any) -> Any:
    """What `work(*args)` returns in a process of its own, with one thread.

    `what` names it in the `RuntimeError` for a process that dies, or computes for more than `limit` seconds:
    by the clock it may take `limits.CLOCK` times that.
    """
    warm_up()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(sender, limit, work, args))
    child.start()
    sender.close()
    try:
        if limit and not receiver.poll(limits.CLOCK * limit):
            raise RuntimeError(f"{what} ran past {limits.past(-signal.SIGALRM, limit)}")
        return receiver.recv()
    except EOFError:
        child.join()
        which = limits.past(child.exitcode or 0, limit or 0)
        raise RuntimeError(f"{what} {f'ran past {which}' if which else 'died'}") from None
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


def _send(
    sender: Connection, limit: float | None, work: Callable[..., Any], args: tuple[Any, ...]
) -> None:
    import torch  # in the child: its threads must not exist before the fork

    torch.set_num_threads(1)
    signal.setitimer(signal.ITIMER_PROF, limit or 0)
    sender.send(work(*args))
