"""What a Module sees of its attributes, and which tensors it does not."""

import pytest
import torch
from torch import nn

from snippets.registration import COLUMNS, forgotten, held, seen


class Every(nn.Module):
    """One attribute a way, the ways that matter to the helpers."""

    square = property(lambda self: self.weight**2)

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))
        self.frozen = nn.Parameter(torch.ones(2), requires_grad=False)
        self.items = [nn.Parameter(torch.ones(2))]
        self.names = {"k": (torch.ones(2), 3)}
        self.listed = nn.ParameterList([torch.ones(2)])
        self.named = nn.ParameterDict({"k": torch.ones(2)})
        self.buffer = nn.Buffer(torch.ones(2))
        self.lazy = nn.LazyLinear(2)
        self.meta = nn.Parameter(torch.ones(2, device="meta"))
        self.layers = [nn.BatchNorm1d(2)]


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("weight", "yes yes yes yes yes"),
        ("frozen", "no yes yes yes no"),
        ("items", "yes no no no no"),
        ("names", "no no no no no"),
        ("listed", "yes yes yes yes yes"),
        ("named", "yes yes yes yes yes"),
        ("buffer", "no no yes yes no"),
        ("lazy", "yes yes yes yes yes"),
        ("meta", "yes yes yes yes -"),
        ("square", "yes no no yes yes"),
        ("layers", "yes no no no no"),
    ],
)
def test_seen(name: str, answers: str) -> None:
    """Every way to hold a tensor gets its row."""
    row = seen(Every, name)
    assert row == answers.split()
    assert len(row) == len(COLUMNS)


def test_held_calls_a_lazy_layer_once() -> None:
    """A lazy layer of any dtype has values afterwards."""
    layer = nn.LazyLinear(3).double()
    assert held(layer) is layer.weight
    assert layer.weight.shape == (3, 2)
    assert held(layer) is layer.weight


def test_forgotten_names_what_is_not_registered() -> None:
    """Lists, tuples, dicts and layers in them are named; registered and lazy tensors are not."""
    outer = nn.Sequential(Every())
    found = forgotten(outer)
    assert found == [
        "0.items[0]",
        "0.names['k'][0]",
        "0.layers[0].weight",
        "0.layers[0].bias",
        "0.layers[0].running_mean",
        "0.layers[0].running_var",
        "0.layers[0].num_batches_tracked",
    ]
    assert forgotten(outer[0])[0] == "items[0]"


def test_forgotten_is_empty_where_everything_is_registered() -> None:
    """No false alarm on a stock layer, nor for a second reference to a Parameter."""
    assert forgotten(nn.TransformerEncoderLayer(4, 2, 8)) == []
    model = Every()
    model.items[0] = model.weight
    assert "items[0]" not in forgotten(model)
