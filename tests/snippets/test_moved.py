"""The names of what a step moves: all that learns, nothing that does not, whatever gradient was there."""

import torch
from torch import nn

from snippets.moved import moved

X = torch.ones(4, 3)


def test_what_a_step_changes_is_named() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2).requires_grad_(False))
    assert moved(model, torch.optim.SGD(model.parameters(), lr=0.1), X) == ["0.weight", "0.bias"]
    assert moved(model, torch.optim.SGD(model[1:].parameters(), lr=0.1), X) == []
    assert moved(model, torch.optim.SGD([model[0].bias], lr=0.1), X) == ["0.bias"]


def test_an_old_gradient_does_not_count() -> None:
    model = nn.Linear(3, 2).requires_grad_(False)
    model.weight.grad = torch.ones(2, 3)
    model.bias.requires_grad_()
    assert moved(model, torch.optim.SGD(model.parameters(), lr=0.1), X) == ["bias"]
    assert model.weight.grad is None


def test_the_step_minimizes_the_sum_of_squares() -> None:
    model = nn.Linear(3, 1, bias=False)
    nn.init.ones_(model.weight)
    moved(model, torch.optim.SGD(model.parameters(), lr=0.01), X)
    # d/dw of 4 (w·1)² is 8 · 3 for each weight
    torch.testing.assert_close(model.weight.detach(), torch.full((1, 3), 1 - 0.01 * 24))
