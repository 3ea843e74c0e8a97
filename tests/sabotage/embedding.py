"""Attacks on the claims of the page about nn.Embedding."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from tests.sabotage.registry import after_reset, attacks, lookup, replaced, sparing_rows, without


@attacks("embedding-is-a-row-lookup")
def next_row() -> Iterator[None]:
    """The lookup answers with the row after the one asked for."""
    with lookup(lambda f, ids, weight, **options: f((ids + 1) % len(weight), weight, **options)):
        yield


@attacks("embedding-is-a-row-lookup")
def ids_are_flattened() -> Iterator[None]:
    """The output forgets the shape of the ids."""
    with lookup(lambda f, ids, weight, **options: f(ids.flatten(), weight, **options)):
        yield


@attacks("embedding-is-a-row-lookup")
def rows_of_norm_one_come_out() -> Iterator[None]:
    """The lookup normalizes the rows that it returns."""
    with lookup(lambda f, *given, **options: F.normalize(f(*given, **options), dim=-1)):
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
    with lookup(lambda f, ids, weight, **options: f(ids.long(), weight, **options)):
        yield


@attacks("indices-must-be-integers")
def small_integers_are_accepted() -> Iterator[None]:
    """The lookup converts int8, int16 and uint8 ids, and refuses floats as before."""
    with lookup(
        lambda f, ids, weight, **options: f(
            ids if ids.is_floating_point() else ids.long(), weight, **options
        )
    ):
        yield


@attacks("index-out-of-range-raises")
def negative_ids_count_from_the_end() -> Iterator[None]:
    """−1 is the last row, as in Python."""
    with lookup(
        lambda f, ids, weight, **options: f(
            torch.where(ids < 0, ids + len(weight), ids), weight, **options
        )
    ):
        yield


@attacks("index-out-of-range-raises")
def large_ids_give_the_last_row() -> Iterator[None]:
    """An id beyond the table gives its last row."""
    with lookup(
        lambda f, ids, weight, **options: f(ids.clamp(max=len(weight) - 1), weight, **options)
    ):
        yield


@attacks("embedding-is-standard-normal")
def table_5_percent_wider() -> Iterator[None]:
    """A new table is drawn from N(0, 1.05²)."""
    with after_reset(nn.Embedding, lambda self: self.weight.mul_(1.05)):
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


@attacks("embedding-scale-ignores-size")
def scale_follows_dim() -> Iterator[None]:
    """A new table has standard deviation 1/√dim."""
    with after_reset(nn.Embedding, lambda self: self.weight.mul_(self.embedding_dim**-0.5)):
        yield


@attacks("embedding-scale-ignores-size")
def linear_starts_as_wide() -> Iterator[None]:
    """nn.Linear draws its weight from N(0, 1), too."""
    with after_reset(nn.Linear, lambda self: self.weight.normal_()):
        yield


@attacks("only-looked-up-rows-get-gradients")
def every_row_gets_some_gradient() -> Iterator[None]:
    """The lookup leaks a little gradient to the whole table."""

    def leaking(
        f: Callable[..., torch.Tensor], ids: torch.Tensor, weight: torch.Tensor, **options: Any
    ):
        leak = weight.sum() * 1e-6
        return f(ids, weight, **options) + (leak - leak.detach())

    with lookup(leaking):
        yield


@attacks("only-looked-up-rows-get-gradients")
def gradients_are_averaged() -> Iterator[None]:
    """A row that is looked up several times gets the mean of its gradients."""
    with without("scale_grad_by_freq", True):
        yield


@attacks("only-looked-up-rows-get-gradients")
def table_is_not_trained() -> Iterator[None]:
    """The lookup is cut off the graph."""
    with lookup(lambda f, *given, **options: f(*given, **options).detach()):
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
    with without("padding_idx", None):
        yield


@attacks("padding-gradient-is-masked")
def padding_masks_all_gradients() -> Iterator[None]:
    """With a padding_idx, the rows above it get no gradient either."""

    def masking(
        f: Callable[..., torch.Tensor],
        ids: torch.Tensor,
        weight: torch.Tensor,
        padding_idx: int | None,
        **options: Any,
    ) -> torch.Tensor:
        rows = f(ids, weight, padding_idx=padding_idx, **options)
        if padding_idx is None:
            return rows
        return torch.where((ids > padding_idx)[..., None], rows.detach(), rows)

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


@attacks("max-norm-rewrites-only-looked-up-rows")
def max_norm_rewrites_the_table() -> Iterator[None]:
    """The lookup rescales every row that is too long."""

    def rescaling(
        f: Callable[..., torch.Tensor], ids: torch.Tensor, weight: torch.Tensor, **options: Any
    ) -> torch.Tensor:
        if options.get("max_norm") is not None:
            f(torch.arange(len(weight)), weight.detach(), **options)
        return f(ids, weight, **options)

    with lookup(rescaling):
        yield


@attacks("max-norm-rewrites-only-looked-up-rows")
def max_norm_rescales_the_output_only() -> Iterator[None]:
    """The lookup rescales the vectors that it returns and leaves the table alone."""
    with lookup(lambda f, ids, weight, **options: f(ids, weight.clone(), **options)):
        yield


@attacks("max-norm-rewrites-only-looked-up-rows")
def max_norm_rests_in_evaluation() -> Iterator[None]:
    """In evaluation mode the layer does not rescale."""
    forward = nn.Embedding.forward

    def resting(self: nn.Embedding, ids: torch.Tensor) -> torch.Tensor:
        return forward(self, ids) if self.training else F.embedding(ids, self.weight)

    with replaced(nn.Embedding, "forward", resting):
        yield
