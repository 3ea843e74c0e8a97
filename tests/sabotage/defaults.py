"""Attacks on the claims of docs/defaults.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import transformer

from tests.sabotage.registry import after_reset, attacks, replaced


def _scaled(factor: float) -> Callable[[nn.Module], None]:
    def scale(layer: nn.Module) -> None:
        for parameter in layer.parameters():
            parameter.mul_(factor)

    return scale


def _redrawn(fan: Callable[[Any], float]) -> Callable[[nn.Module], None]:
    """Draw every parameter from ±1/√fan."""

    def draw(layer: nn.Module) -> None:
        for parameter in layer.parameters():
            parameter.uniform_(-1 / math.sqrt(fan(layer)), 1 / math.sqrt(fan(layer)))

    return draw


@attacks("every-default-is-as-stated", "init-report-finds-what-changed")
def linear_5_percent_wider() -> Iterator[None]:
    """nn.Linear draws weight and bias from a range 5 % wider."""
    with after_reset(nn.Linear, _scaled(1.05)):
        yield


@attacks("every-default-is-as-stated")
def recurrent_5_percent_narrower() -> Iterator[None]:
    """RNN, LSTM and GRU draw from a range 5 % narrower."""
    with after_reset(nn.RNNBase, _scaled(0.95)):
        yield


@attacks("every-default-is-as-stated")
def embedding_keeps_its_padding_row() -> Iterator[None]:
    """nn.Embedding draws its padding row like the others."""
    with replaced(nn.Embedding, "_fill_padding_idx_with_zero", lambda self: None):
        yield


@attacks("every-default-is-as-stated")
def running_variance_starts_at_zero() -> Iterator[None]:
    """The running variance of every BatchNorm starts at 0."""
    base: Any = nn.BatchNorm1d.__mro__[2]
    reset = base.reset_running_stats

    def zero(self: Any) -> None:
        reset(self)
        if self.track_running_stats:
            self.running_var.zero_()

    with replaced(base, "reset_running_stats", zero):
        yield


@attacks("every-default-is-as-stated")
def attention_bias_is_uniform() -> Iterator[None]:
    """MultiheadAttention draws bias_k from a uniform range of the stated standard deviation."""

    def uniform(self: nn.MultiheadAttention) -> None:
        if self.bias_k is not None:
            bound = math.sqrt(3 / self.embed_dim)
            nn.init.uniform_(self.bias_k, -bound, bound)

    with after_reset(nn.MultiheadAttention, uniform, "_reset_parameters"):
        yield


@attacks("every-default-is-as-stated")
def losses_copy_half_of_their_weight() -> Iterator[None]:
    """A loss keeps its class weights halved."""
    register = nn.Module.register_buffer

    def halved(self: nn.Module, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        half = tensor / 2 if name == "weight" and tensor is not None else tensor
        register(self, name, half, persistent)

    with replaced(nn.Module, "register_buffer", halved):
        yield


class Gate(nn.Module):
    """A layer of a future torch, with a parameter of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))


@attacks("every-class-is-accounted-for")
def torch_gains_a_layer() -> Iterator[None]:
    """torch.nn has one more public class, which holds a parameter."""
    nn.Gate = Gate  # type: ignore[attr-defined]
    yield
    del nn.Gate


@attacks("every-class-is-accounted-for")
def flatten_gains_a_buffer() -> Iterator[None]:
    """nn.Flatten holds a buffer that counts its calls."""
    create = nn.Flatten.__init__

    def counting(self: nn.Flatten, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.register_buffer("calls", torch.zeros(()))

    with replaced(nn.Flatten, "__init__", counting):
        yield


@attacks("every-class-is-accounted-for")
def module_dict_is_born_with_a_weight() -> Iterator[None]:
    """A new nn.ModuleDict holds a parameter before you put anything into it."""
    create = nn.ModuleDict.__init__

    def full(self: nn.ModuleDict, *args: Any) -> None:
        create(self, *args)
        self.weight = nn.Parameter(torch.ones(1))

    with replaced(nn.ModuleDict, "__init__", full):
        yield


@attacks("four-docstrings-disagree")
def sync_batch_norm_is_documented_right() -> Iterator[None]:
    """SyncBatchNorm's docstring says that its weight is set to 1."""
    said = nn.SyncBatchNorm.__doc__ or ""
    wrong = "are sampled from\n    :math:`\\mathcal{U}(0, 1)`"
    assert wrong in said
    with replaced(nn.SyncBatchNorm, "__doc__", said.replace(wrong, "are set to 1")):
        yield


@attacks("four-docstrings-disagree")
def batch_norm_is_documented_wrong() -> Iterator[None]:
    """BatchNorm2d's docstring says that its weight is drawn from U(0, 1)."""
    said = nn.BatchNorm2d.__doc__ or ""
    wrong = "are sampled from\n    :math:`\\mathcal{U}(0, 1)`"
    assert "are set\n    to 1" in said
    with replaced(nn.BatchNorm2d, "__doc__", said.replace("are set\n    to 1", wrong)):
        yield


@attacks("four-docstrings-disagree")
def attention_is_documented() -> Iterator[None]:
    """MultiheadAttention has the docstring of GRU."""
    nn.MultiheadAttention.hidden_size = 64  # type: ignore[attr-defined]
    with replaced(nn.MultiheadAttention, "__doc__", nn.GRU.__doc__):
        yield
    del nn.MultiheadAttention.hidden_size  # type: ignore[attr-defined]


@attacks("four-docstrings-disagree", "every-default-is-as-stated")
def sync_batch_norm_does_as_documented() -> Iterator[None]:
    """SyncBatchNorm draws its weight from U(0, 1)."""
    with after_reset(
        nn.SyncBatchNorm, lambda layer: layer.weight is None or layer.weight.uniform_()
    ):
        yield


@attacks("lazy-instance-norm-is-not-instance-norm")
def lazy_instance_norm_does_as_documented() -> Iterator[None]:
    """LazyInstanceNorm2d has neither affine parameters nor running statistics by default."""
    create = nn.LazyInstanceNorm2d.__init__

    def bare(self: nn.LazyInstanceNorm2d, **kwargs: Any) -> None:
        create(self, **{"affine": False, "track_running_stats": False, **kwargs})

    with replaced(nn.LazyInstanceNorm2d, "__init__", bare):
        yield


@attacks("lazy-instance-norm-is-not-instance-norm")
def instance_norm_is_affine() -> Iterator[None]:
    """InstanceNorm3d has affine parameters by default."""
    create = nn.InstanceNorm3d.__init__

    def affine(self: nn.InstanceNorm3d, features: int, **kwargs: Any) -> None:
        create(self, features, **{"affine": True, **kwargs})

    with replaced(nn.InstanceNorm3d, "__init__", affine):
        yield


@attacks("recurrent-range-is-hidden")
def hidden_weights_are_orthogonal() -> Iterator[None]:
    """RNN, LSTM and GRU start their hidden weights orthogonal."""

    def orthogonal(layer: nn.RNNBase) -> None:
        for name, parameter in layer.named_parameters():
            if "weight_hh" in name:
                nn.init.orthogonal_(parameter)

    with after_reset(nn.RNNBase, orthogonal):
        yield


@attacks("recurrent-range-is-hidden")
def forget_gate_starts_open() -> Iterator[None]:
    """LSTM starts the forget gate's bias at 1."""

    def opened(layer: nn.RNNBase) -> None:
        if layer.mode == "LSTM" and layer.bias:
            layer.bias_hh_l0[layer.hidden_size : 2 * layer.hidden_size] = 1

    with after_reset(nn.RNNBase, opened):
        yield


@attacks("recurrent-range-is-hidden")
def cells_count_their_inputs() -> Iterator[None]:
    """The cells draw from ±1/√input_size."""
    with after_reset(nn.RNNCellBase, _redrawn(lambda layer: layer.input_size)):
        yield


@attacks("convolution-counts-one-group")
def convolution_counts_all_groups() -> Iterator[None]:
    """A convolution counts the input channels of all groups."""
    fan = _redrawn(lambda layer: layer.in_channels * math.prod(layer.kernel_size))
    with after_reset(nn.Conv2d, fan):
        yield


@attacks("transposed-convolution-counts-its-outputs")
def transposed_convolution_counts_its_inputs() -> Iterator[None]:
    """A transposed convolution counts its inputs, as a convolution does."""
    places = _redrawn(lambda m: m.in_channels // m.groups * math.prod(m.kernel_size))
    with after_reset(nn.ConvTranspose1d, places):
        yield


@attacks("bilinear-ignores-its-second-input")
def bilinear_counts_both_inputs() -> Iterator[None]:
    """Bilinear divides by the product of both input sizes."""
    with after_reset(nn.Bilinear, _redrawn(lambda layer: layer.in1_features * layer.in2_features)):
        yield


@attacks("packed-attention-starts-narrower")
def packed_attention_draws_thirds() -> Iterator[None]:
    """MultiheadAttention draws each third of the packed matrix as a matrix of its own."""

    def thirds(self: nn.MultiheadAttention) -> None:
        if self.in_proj_weight is not None:
            for third in self.in_proj_weight.detach().chunk(3):
                nn.init.xavier_uniform_(third)

    with after_reset(nn.MultiheadAttention, thirds, "_reset_parameters"):
        yield


@attacks("packed-attention-starts-narrower")
def separate_attention_is_as_narrow() -> Iterator[None]:
    """MultiheadAttention draws a query weight of its own from the packed range."""

    def narrow(self: nn.MultiheadAttention) -> None:
        if self.q_proj_weight is not None:
            nn.init.xavier_uniform_(self.q_proj_weight, gain=math.sqrt(0.5))

    with after_reset(nn.MultiheadAttention, narrow, "_reset_parameters"):
        yield


@attacks("encoder-layers-start-equal")
def clones_are_drawn_again() -> Iterator[None]:
    """A Transformer stack draws each of its copies again."""
    copy = transformer._get_clones

    def fresh(module: nn.Module, n: int) -> nn.ModuleList:
        layers = copy(module, n)
        for part in layers.modules():
            if isinstance(part, nn.Linear):
                part.reset_parameters()
        return layers

    with replaced(transformer, "_get_clones", fresh):
        yield


@attacks("encoder-layers-start-equal")
def clones_are_one_layer() -> Iterator[None]:
    """A Transformer stack holds one layer many times."""
    with replaced(transformer, "_get_clones", lambda module, n: nn.ModuleList([module] * n)):
        yield


@attacks("transformer-redraws-its-matrices", "transformer-overwrites-your-encoder")
def transformer_draws_nothing_again() -> Iterator[None]:
    """nn.Transformer leaves all parameters as its parts made them."""
    with replaced(nn.Transformer, "_reset_parameters", lambda self: None):
        yield


@attacks("transformer-redraws-its-matrices", "transformer-overwrites-your-encoder")
def transformer_draws_vectors_too() -> Iterator[None]:
    """nn.Transformer draws its bias vectors again as well."""

    def every(self: nn.Transformer) -> None:
        for parameter in self.parameters():
            if parameter.dim() == 1:
                nn.init.uniform_(parameter, -0.1, 0.1)

    with after_reset(nn.Transformer, every, "_reset_parameters"):
        yield


@attacks("a-tied-head-starts-as-the-embedding")
def embedding_starts_small() -> Iterator[None]:
    """nn.Embedding draws from N(0, 0.02²)."""
    with after_reset(nn.Embedding, _scaled(0.02)):
        yield


@attacks("a-tied-head-starts-as-the-embedding")
def linear_starts_with_he() -> Iterator[None]:
    """nn.Linear draws its weight with He initialization."""
    with after_reset(nn.Linear, lambda layer: nn.init.kaiming_uniform_(layer.weight)):
        yield


@attacks("a-rare-cluster-can-have-no-weights")
def every_cluster_keeps_a_feature() -> Iterator[None]:
    """AdaptiveLogSoftmaxWithLoss gives every cluster at least one feature."""
    create = nn.AdaptiveLogSoftmaxWithLoss.__init__

    def kept(self: nn.AdaptiveLogSoftmaxWithLoss, in_features: int, *args: Any) -> None:
        create(self, in_features, *args)
        for i, (_, words) in enumerate(self.tail):
            if not words.in_features:
                out = words.out_features
                one = nn.Linear(in_features, 1, bias=False), nn.Linear(1, out, bias=False)
                self.tail[i] = nn.Sequential(*one)

    with replaced(nn.AdaptiveLogSoftmaxWithLoss, "__init__", kept):
        yield


@attacks("a-lazy-layer-can-leave-memory-unwritten")
def lazy_linear_always_resets() -> Iterator[None]:
    """LazyLinear resets its parameters whatever it was shown."""

    def always(self: nn.LazyLinear) -> None:
        if not self.has_uninitialized_params():
            nn.Linear.reset_parameters(self)

    with replaced(nn.LazyLinear, "reset_parameters", always):
        yield


@attacks("a-lazy-layer-can-leave-memory-unwritten")
def linear_without_inputs_skips_its_bias() -> Iterator[None]:
    """nn.Linear without inputs leaves its bias unwritten too."""
    reset = nn.Linear.reset_parameters

    def skip(self: nn.Linear) -> None:
        if self.in_features:
            reset(self)

    with replaced(nn.Linear, "reset_parameters", skip):
        yield


@attacks("init-report-finds-what-changed")
def freezing_does_nothing() -> Iterator[None]:
    """requires_grad_ on a Module freezes nothing."""
    with replaced(nn.Module, "requires_grad_", lambda self, requires_grad=True: self):
        yield


@attacks("init-report-finds-what-changed")
def batch_norm_forgets_what_is_written() -> Iterator[None]:
    """A number written into running_mean is lost."""
    write = Tensor.__setitem__

    def lossy(self: Tensor, place: Any, value: Any) -> None:
        if isinstance(value, float) and math.isnan(value):
            return
        write(self, place, value)

    with replaced(Tensor, "__setitem__", lossy):
        yield
