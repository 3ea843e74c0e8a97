"""Attacks on the claims of the page about nn.Embedding."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from tests.sabotage.registry import attacks, replaced, sparing_rows


def lookup(change: Callable[..., torch.Tensor]) -> AbstractContextManager[None]:
    """`F.embedding` is `change(original, ids, weight, padding_idx, …)`."""
    original = F.embedding

    def changed(ids: torch.Tensor, weight: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        return change(original, ids, weight, *rest, **named)

    return replaced(F, "embedding", changed)


def after_reset(
    layer: type[nn.Module], change: Callable[[torch.Tensor], torch.Tensor]
) -> AbstractContextManager[None]:
    """A new weight of `layer` is what `change` makes of the drawn one."""
    reset = layer.reset_parameters

    def changed(self: nn.Module) -> None:
        reset(self)
        with torch.no_grad():
            self.weight.copy_(change(self.weight))

    return replaced(layer, "reset_parameters", changed)


@attacks("embedding-is-a-row-lookup")
def next_row() -> Iterator[None]:
    """The lookup answers with the row after the one asked for."""
    with lookup(lambda f, ids, weight, *rest: f((ids + 1) % len(weight), weight, *rest)):
        yield


@attacks("embedding-is-a-row-lookup")
def ids_are_flattened() -> Iterator[None]:
    """The output forgets the shape of the ids."""
    with lookup(lambda f, ids, weight, *rest: f(ids.flatten(), weight, *rest)):
        yield


@attacks("embedding-is-a-row-lookup")
def rows_of_norm_one_come_out() -> Iterator[None]:
    """The lookup normalizes the rows that it returns."""
    with lookup(lambda f, ids, *rest: F.normalize(f(ids, *rest), dim=-1)):
        yield


@attacks("embedding-needs-two-sizes")
def padding_idx_is_required() -> Iterator[None]:
    """The constructor asks for a padding_idx, too."""
    build = nn.Embedding.__init__

    def asking(
        self: nn.Embedding,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        **rest: Any,
    ) -> None:
        build(self, num_embeddings, embedding_dim, padding_idx, **rest)

    with replaced(nn.Embedding, "__init__", asking):
        yield


@attacks("embedding-needs-two-sizes")
def one_size_is_enough() -> Iterator[None]:
    """The constructor makes up an embedding_dim."""
    build = nn.Embedding.__init__

    def guessing(
        self: nn.Embedding, num_embeddings: int, embedding_dim: int = 64, *rest: Any, **named: Any
    ) -> None:
        build(self, num_embeddings, embedding_dim, *rest, **named)

    with replaced(nn.Embedding, "__init__", guessing):
        yield


@attacks("indices-must-be-integers")
def floats_are_rounded() -> Iterator[None]:
    """The lookup converts ids of any dtype to int64."""
    with lookup(lambda f, ids, *rest: f(ids.long(), *rest)):
        yield


@attacks("indices-must-be-integers")
def small_integers_are_accepted() -> Iterator[None]:
    """The lookup converts int8, int16 and uint8 ids, and refuses floats as before."""
    with lookup(lambda f, ids, *rest: f(ids if ids.is_floating_point() else ids.long(), *rest)):
        yield


@attacks("index-out-of-range-raises")
def negative_ids_count_from_the_end() -> Iterator[None]:
    """−1 is the last row, as in Python."""
    with lookup(
        lambda f, ids, weight, *rest: f(torch.where(ids < 0, ids + len(weight), ids), weight, *rest)
    ):
        yield


@attacks("index-out-of-range-raises")
def large_ids_give_the_last_row() -> Iterator[None]:
    """An id beyond the table gives its last row."""
    with lookup(lambda f, ids, weight, *rest: f(ids.clamp(max=len(weight) - 1), weight, *rest)):
        yield


@attacks("embedding-is-standard-normal")
def table_5_percent_wider() -> Iterator[None]:
    """A new table is drawn from N(0, 1.05²)."""
    with after_reset(nn.Embedding, lambda weight: weight * 1.05):
        yield


@attacks("embedding-is-standard-normal", "embedding-scale-ignores-size")
def uniform_entries() -> Iterator[None]:
    """A new table is uniform with the same variance, because nn.init.normal_ is."""

    def uniform(tensor: torch.Tensor, mean: float = 0.0, std: float = 1.0) -> torch.Tensor:
        with torch.no_grad():
            return tensor.uniform_(mean - std * 3**0.5, mean + std * 3**0.5)

    with replaced(nn.init, "normal_", uniform):
        yield


@attacks("embedding-is-standard-normal")
def half_of_the_rows_are_copies() -> Iterator[None]:
    """nn.init.normal_ draws half of the rows and copies them to the rest."""
    normal = nn.init.normal_

    def copying(tensor: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        normal(tensor, *rest, **named)
        with torch.no_grad():
            half = len(tensor) // 2
            tensor[half : 2 * half] = tensor[:half].clone()
        return tensor

    with replaced(nn.init, "normal_", copying):
        yield


@attacks("embedding-is-standard-normal")
def tails_are_cut() -> Iterator[None]:
    """nn.init.normal_ draws nothing beyond three standard deviations."""

    def cut(tensor: torch.Tensor, mean: float = 0.0, std: float = 1.0) -> torch.Tensor:
        return nn.init.trunc_normal_(tensor, mean, std, -3.0, 3.0)

    with replaced(nn.init, "normal_", cut):
        yield


@attacks("embedding-is-sampled-not-normalized")
def rows_get_norm_one() -> Iterator[None]:
    """The rows of a new table are scaled to norm 1."""
    with after_reset(nn.Embedding, lambda weight: F.normalize(weight, dim=1)):
        yield


@attacks("embedding-is-sampled-not-normalized")
def table_is_centered() -> Iterator[None]:
    """A new table is shifted to mean 0."""
    with after_reset(nn.Embedding, lambda weight: weight - weight.mean()):
        yield


@attacks("embedding-is-sampled-not-normalized")
def rows_are_standardized() -> Iterator[None]:
    """Each row of a new table gets mean 0 and variance 1, as under LayerNorm."""
    with after_reset(nn.Embedding, lambda weight: F.layer_norm(weight, weight.shape[1:])):
        yield


@attacks("embedding-scale-ignores-size")
def scale_follows_dim() -> Iterator[None]:
    """A new table has standard deviation 1/√dim."""
    with after_reset(nn.Embedding, lambda weight: weight * weight.shape[1] ** -0.5):
        yield


@attacks("embedding-scale-ignores-size")
def linear_starts_as_wide() -> Iterator[None]:
    """nn.Linear draws its weight from N(0, 1), too."""
    with after_reset(nn.Linear, torch.randn_like):
        yield


@attacks("only-looked-up-rows-get-gradients")
def every_row_gets_some_gradient() -> Iterator[None]:
    """The lookup leaks a little gradient to the whole table."""

    def leaking(
        f: Callable[..., torch.Tensor], ids: torch.Tensor, weight: torch.Tensor, *rest: Any
    ):
        leak = weight.sum() * 1e-6
        return f(ids, weight, *rest) + (leak - leak.detach())

    with lookup(leaking):
        yield


@attacks("only-looked-up-rows-get-gradients")
def gradients_are_averaged() -> Iterator[None]:
    """A row that is looked up several times gets the mean of its gradients."""
    with lookup(
        lambda f, ids, weight, padding, *_: f(ids, weight, padding, scale_grad_by_freq=True)
    ):
        yield


@attacks("only-looked-up-rows-get-gradients")
def table_is_not_trained() -> Iterator[None]:
    """The lookup is cut off the graph."""
    with lookup(lambda f, *rest: f(*rest).detach()):
        yield


@attacks("padding-row-is-zeroed-once")
def padding_row_is_drawn() -> Iterator[None]:
    """The padding row keeps what was drawn."""
    with replaced(nn.Embedding, "_fill_padding_idx_with_zero", lambda self: None):
        yield


@attacks("padding-row-is-zeroed-once")
def padding_row_is_zeroed_at_every_call() -> Iterator[None]:
    """Every forward pass zeroes the padding row again."""
    forward = nn.Embedding.forward

    def zeroing(self: nn.Embedding, ids: torch.Tensor) -> torch.Tensor:
        self._fill_padding_idx_with_zero()
        return forward(self, ids)

    with replaced(nn.Embedding, "forward", zeroing):
        yield


@attacks("padding-row-is-zeroed-once")
def loading_zeroes_the_padding_row() -> Iterator[None]:
    """load_state_dict zeroes the padding row again."""
    load = nn.Embedding.load_state_dict

    def zeroing(self: nn.Module, *rest: Any, **named: Any) -> Any:
        result = load(self, *rest, **named)
        self._fill_padding_idx_with_zero()
        return result

    with replaced(nn.Embedding, "load_state_dict", zeroing):
        yield


@attacks("padding-gradient-is-masked")
def padding_gradient_passes() -> Iterator[None]:
    """The lookup ignores padding_idx."""
    with lookup(lambda f, ids, weight, padding, *rest: f(ids, weight, None, *rest)):
        yield


@attacks("padding-gradient-is-masked")
def padding_masks_all_gradients() -> Iterator[None]:
    """With a padding_idx, the rows above it get no gradient either."""

    def masking(
        f: Callable[..., torch.Tensor],
        ids: torch.Tensor,
        weight: torch.Tensor,
        padding: int,
        *rest: Any,
    ) -> torch.Tensor:
        rows = f(ids, weight, padding, *rest)
        if padding is None:
            return rows
        return torch.where((ids > padding)[..., None], rows.detach(), rows)

    with lookup(masking):
        yield


@attacks("padding-row-can-move")
def adamw_spares_rows_without_gradient() -> Iterator[None]:
    """AdamW leaves a row alone whose gradient is 0."""
    with sparing_rows(torch.optim.AdamW):
        yield


@attacks("padding-row-can-move")
def initialization_spares_row_zero() -> Iterator[None]:
    """nn.init.normal_ leaves the first row at zero."""
    normal = nn.init.normal_

    def sparing(tensor: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        normal(tensor, *rest, **named)
        with torch.no_grad():
            tensor[0] = 0
        return tensor

    with replaced(nn.init, "normal_", sparing):
        yield


@attacks("padding-row-can-move")
def padding_row_refuses_every_gradient() -> Iterator[None]:
    """A hook on the weight masks the padding row's gradient, wherever it comes from."""
    build = nn.Embedding.__init__

    def hooked(self: nn.Embedding, *rest: Any, **named: Any) -> None:
        build(self, *rest, **named)
        padding = self.padding_idx
        if padding is not None and self.weight.requires_grad:
            row = torch.tensor(padding)
            self.weight.register_hook(
                lambda grad: grad if grad.is_sparse else grad.index_fill(0, row, 0)
            )

    with replaced(nn.Embedding, "__init__", hooked):
        yield


@attacks("padding-does-not-mask-the-forward-pass")
def mean_leaves_zeros_out() -> Iterator[None]:
    """Tensor.mean over one dimension leaves vectors of zeros out."""
    mean = torch.Tensor.mean

    def masking(self: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        if self.dim() == 3 and rest == (1,):
            return self.sum(1) / self.any(2).sum(1, keepdim=True)
        return mean(self, *rest, **named)

    with replaced(torch.Tensor, "mean", masking):
        yield


@attacks("padding-does-not-mask-the-forward-pass")
def attention_leaves_zeros_out() -> Iterator[None]:
    """Attention gives no weight to keys of zeros."""
    attend = F.scaled_dot_product_attention

    def masking(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, **named: Any) -> Any:
        named.setdefault("attn_mask", key.any(-1)[..., None, :])
        return attend(query, key, value, **named)

    with replaced(F, "scaled_dot_product_attention", masking):
        yield


@attacks("padding-does-not-mask-the-forward-pass")
def embedding_bag_counts_the_padding() -> Iterator[None]:
    """nn.EmbeddingBag counts padded positions in its mean."""
    bag = F.embedding_bag

    def counting(*rest: Any, **named: Any) -> torch.Tensor:
        return bag(*rest[:-1], padding_idx=None)

    with replaced(F, "embedding_bag", counting):
        yield


@attacks("padding-does-not-mask-the-forward-pass")
def embedding_bag_always_leaves_id_zero_out() -> Iterator[None]:
    """nn.EmbeddingBag leaves id 0 out of its mean, whether it was given a padding_idx or not."""
    bag = F.embedding_bag

    def sparing(*rest: Any, **named: Any) -> torch.Tensor:
        return bag(*rest[:-1], padding_idx=0)

    with replaced(F, "embedding_bag", sparing):
        yield


def pretrained(change: Callable[..., nn.Embedding]) -> AbstractContextManager[None]:
    """`nn.Embedding.from_pretrained` is `change(original, vectors, freeze, **rest)`."""
    original = nn.Embedding.from_pretrained

    def changed(vectors: torch.Tensor, freeze: bool = True, **rest: Any) -> nn.Embedding:
        return change(original, vectors, freeze, **rest)

    return replaced(nn.Embedding, "from_pretrained", changed)


@attacks("from-pretrained-shares-memory")
def pretrained_vectors_are_copied() -> Iterator[None]:
    """from_pretrained copies the vectors."""
    with pretrained(lambda f, vectors, freeze, **rest: f(vectors.clone(), freeze, **rest)):
        yield


@attacks("from-pretrained-shares-memory")
def pretrained_vectors_become_float32() -> Iterator[None]:
    """from_pretrained converts the vectors to float32."""
    with pretrained(lambda f, vectors, freeze, **rest: f(vectors.float(), freeze, **rest)):
        yield


@attacks("from-pretrained-shares-memory")
def pretrained_padding_row_is_zeroed() -> Iterator[None]:
    """from_pretrained zeroes the padding row."""

    def zeroing(f: Callable[..., nn.Embedding], *given: Any, **rest: Any) -> nn.Embedding:
        table = f(*given, **rest)
        table._fill_padding_idx_with_zero()
        return table

    with pretrained(zeroing):
        yield


@attacks("from-pretrained-shares-memory")
def pretrained_vectors_are_trained() -> Iterator[None]:
    """from_pretrained freezes nothing."""
    with pretrained(lambda f, vectors, freeze, **rest: f(vectors, False, **rest)):
        yield
