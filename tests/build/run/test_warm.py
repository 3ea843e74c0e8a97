"""What the warm process imports before the pages need it."""

from __future__ import annotations

import io
import sys

import pytest

from hooks.run import warm


def test_what_torch_imports_late_is_asked_for_once_and_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[tuple[str, object]] = []

    def note(name: str, *given: object) -> None:
        called.append((name, *given[:1]))

    monkeypatch.setattr("torch.testing.assert_close", lambda *given: note("close"))
    monkeypatch.setattr("torch.optim.SGD", lambda *given, **options: note("SGD"))
    setter = "torch.use_deterministic_algorithms"
    monkeypatch.setattr(setter, lambda mode: note("deterministic", mode))
    warm.preload(["torch"])
    assert called == []
    warm.preload(["torch.testing"])
    warm.preload(["torch.optim"])
    warm.preload([setter])
    wanted = [("close",), ("SGD",), ("deterministic", True), ("deterministic", False)]
    assert called == wanted


def test_what_cannot_be_imported_in_advance_is_left_to_the_page() -> None:
    names = ["no.such.module", "torch.testing", "torch.optim", "colorsys"]
    sys.modules.pop("colorsys", None)
    warm.preload(names)
    assert "colorsys" in sys.modules


def test_an_answer_is_a_line_that_is_sent_at_once() -> None:
    sent = []

    class Pipe(io.StringIO):
        def flush(self) -> None:
            sent.append(self.getvalue())

    warm._reply(Pipe(), {"id": 1, "outputs": ["√"]})
    assert sent == ['{"id": 1, "outputs": ["\\u221a"]}\n']
