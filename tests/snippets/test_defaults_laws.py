"""The laws and their tests: right p-values, right error level, controls refused, large tensors not copied."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from scipy import stats

from snippets.defaults.laws import (
    LEVEL,
    Constant,
    Given,
    Law,
    Lazy,
    Normal,
    Rows,
    Uniform,
    Uninitialized,
    _gap_p,
)
from snippets.defaults.sample import CHUNK, LIMIT, Sample
from snippets.defaults.table import ENOUGH
from tests.snippets.largest import Largest

DRAWN = {
    Uniform: (Uniform("b", 0.3), lambda n: torch.empty(n).uniform_(-0.3, 0.3)),
    Normal: (Normal("s", 2.0), lambda n: torch.empty(n).normal_(0, 2)),
}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a_sample_counts_every_value(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    tensors = [
        torch.randn(7, 11, dtype=dtype),
        torch.randn(3, dtype=dtype),
        torch.randn((), dtype=dtype),
    ]
    every = torch.cat([tensor.flatten() for tensor in tensors]).double()
    sample = Sample.of(tensors)
    assert (sample.n, sample.bad) == (every.numel(), 0)
    assert (sample.low, sample.high) == (every.min(), every.max())
    assert math.isclose(sample.mean, every.mean(), abs_tol=1e-12)
    assert math.isclose(sample.std, every.std(correction=0))
    assert torch.equal(sample.drawn, every.sort().values)
    assert sample.eps == max(torch.finfo(dtype).eps, torch.finfo(torch.float32).eps)


def test_a_sample_counts_what_is_not_finite() -> None:
    sample = Sample.of([torch.tensor([1.0, math.nan, math.inf, 3.0])])
    assert (sample.n, sample.bad, sample.low, sample.high, sample.mean) == (2, 2, 1, 3, 2)
    assert sample.drawn.tolist() == [1, 3]


def test_an_empty_sample_has_no_mean() -> None:
    for tensors in ([], [torch.empty(0, 3)], [torch.tensor([math.nan])]):
        sample = Sample.of(tensors)
        assert sample.n == 0
        assert math.isnan(sample.mean)
        assert math.isnan(sample.std)


@pytest.mark.parametrize("layout", ["plain", "transposed", "channels last", "sliced"])
def test_a_large_tensor_is_not_copied(layout: str) -> None:
    tensor = {
        "plain": lambda: torch.ones(2048, 2048),
        "transposed": lambda: torch.ones(2048, 2048).T,
        "channels last": lambda: torch.ones(64, 64, 32, 32).to(memory_format=torch.channels_last),
        "sliced": lambda: torch.ones(2049, 2048)[1:],
    }[layout]()
    with Largest([tensor]) as largest:
        sample = Sample.of([tensor])
    assert sample.n == 2048 * 2048
    assert len(sample.drawn) <= LIMIT
    assert largest.bytes <= 8 * CHUNK


@pytest.mark.parametrize("kind", DRAWN)
def test_the_gap_is_that_of_kolmogorov_and_smirnov(kind: type[Law]) -> None:
    draw = DRAWN[kind][1]
    cdf = stats.uniform(-0.3, 0.6).cdf if kind is Uniform else stats.norm(0, 2).cdf
    for seed in range(40):
        torch.manual_seed(seed)
        values = draw(2_000) * (1 + seed / 400)
        sample = Sample.of([values])
        expected = stats.kstest(values.double().numpy(), cdf, method="asymp").pvalue
        below = torch.tensor(cdf(sample.drawn.numpy()))
        ours = _gap_p(sample.drawn, below)
        assert ours >= min(1.0, expected * 0.999)
        if expected < 0.2:
            assert math.isclose(ours, expected, rel_tol=0.02)


def test_the_mean_square_is_tested_with_chi_squared() -> None:
    for n in (1_000, 32_000):
        for factor in (0.97, 1.0, 1.02, 1.1):
            sample = Sample(n, 0, -9, 9, 0.0, factor * n * 4.0, 0.0, torch.zeros(1))
            both = (stats.chi2.cdf(factor * n, n), stats.chi2.sf(factor * n, n))
            expected = 2 * min(both)
            ours = Normal("", 2.0).p_value(sample) / 2
            if 1e-12 < expected < 0.3:
                assert math.isclose(ours, expected, rel_tol=0.02), (n, factor)


@pytest.mark.parametrize("kind", DRAWN)
def test_a_true_law_is_refused_as_rarely_as_the_level_says(kind: type[Law]) -> None:
    law, draw = DRAWN[kind]
    refused = 0
    for seed in range(600):
        torch.manual_seed(seed)
        refused += law.p_value(Sample.of([draw(300)])) < 0.05
    assert stats.binom.sf(refused - 1, 600, 0.05) > LEVEL  # no more than one in twenty
    assert refused > 0


@pytest.mark.parametrize("kind", DRAWN)
def test_a_scale_5_percent_off_is_refused_for_every_seed(kind: type[Law]) -> None:
    law, draw = DRAWN[kind]
    for seed in range(100):
        torch.manual_seed(seed)
        sample = Sample.of([draw(ENOUGH[law.kind])])
        assert law.p_value(sample) > LEVEL / 1000
        assert max(wrong.p_value(sample) for wrong in law.off()) < LEVEL / 1000
        assert len(law.off()) == 2


def test_a_wrong_shape_of_the_same_spread_is_refused() -> None:
    torch.manual_seed(0)
    bell, flat = torch.randn(40_000), torch.empty(40_000).uniform_(-math.sqrt(3), math.sqrt(3))
    assert (
        Normal("", 1.0).p_value(Sample.of([bell]))
        > LEVEL
        > Normal("", 1.0).p_value(Sample.of([flat]))
    )
    inside = bell.clamp(-1.7, 1.7)
    assert Uniform("", math.sqrt(3)).p_value(Sample.of([inside])) < LEVEL


def test_bounds_are_respected_up_to_rounding() -> None:
    for dtype in (torch.float32, torch.bfloat16):
        torch.manual_seed(0)
        values = torch.empty(2_000, dtype=dtype).uniform_(-0.1, 0.1)
        assert Uniform("", 0.1).p_value(Sample.of([values])) > LEVEL
        values[7] = 0.102
        assert Uniform("", 0.1).p_value(Sample.of([values])) == 0


@pytest.mark.parametrize("law", [Uniform("", 1.0), Normal("", 1.0), Constant("", 1.0)])
def test_a_value_that_is_not_a_number_refuses_any_law(law: Law) -> None:
    assert law.p_value(Sample.of([torch.tensor([1.0, math.nan])])) == 0
    assert law.p_value(Sample.of([])) == 0


def test_constants_are_exact_in_their_dtype() -> None:
    assert Constant("", 0.1).p_value(Sample.of([torch.full((3,), 0.1)])) == 1
    assert Constant("", 0.1).p_value(Sample.of([torch.full((3,), 0.1000001)])) == 0
    assert Constant("", 1.0).p_value(Sample.of([torch.tensor([1.0, 1.0000001])])) == 0
    assert Constant("", 0.0).p_value(Sample.of([torch.zeros((), dtype=torch.int64)])) == 1
    assert Constant("", 0.0).off() == []


def test_rows_are_normal_but_for_one_of_zeros() -> None:
    law, table = Rows("1", 1.0, 2), torch.randn(5, 4)
    assert not law.holds_exactly(table)
    table[2] = 0
    assert law.holds_exactly(table)
    assert [view.tolist() for view in law.views(table)] == [table[:2].tolist(), table[3:].tolist()]
    assert Normal("", 1.0).holds_exactly(table)


def test_a_law_without_a_test_says_so() -> None:
    with pytest.raises(NotImplementedError):
        Lazy().p_value(Sample.of([]))


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        (Uniform("x", 0.5), {"kind": "uniform", "low": -0.5, "high": 0.5}),
        (Normal("x", 0.5), {"kind": "normal", "mean": 0.0, "std": 0.5}),
        (Constant("x", 0.5), {"kind": "constant", "value": 0.5}),
        (
            Rows("1", 1.0, 3),
            {
                "kind": "rows",
                "rows": {"3": {"kind": "constant", "value": 0.0}},
                "others": {"kind": "normal", "mean": 0.0, "std": 1.0},
            },
        ),
        (Given("weight"), {"kind": "given", "argument": "weight"}),
        (Lazy(), {"kind": "lazy"}),
        (Uninitialized(), {"kind": "uninitialized"}),
    ],
)
def test_laws_for_programs(law: Law, expected: dict[str, Any]) -> None:
    assert law.json() == expected


def by_hand(drawn: list[float], low: float, high: float, eps: float = 0.0) -> Sample:
    """A sample of these values, with these extremes, and mean square 1."""
    n = len(drawn)
    return Sample(n, 0, low, high, 0.0, float(n), eps, torch.tensor(drawn, dtype=torch.float64))


def close(found: float, expected: float) -> bool:
    return math.isclose(found, expected, rel_tol=1e-12)


def test_a_p_value_of_a_range_by_hand() -> None:
    """The rarer of two findings at twice its p: the gap, or how far the values reach."""
    few, law = [-0.5, -0.1, 0.2, 0.6], Uniform("", 1.0)
    assert close(law.p_value(by_hand(few, -0.5, 0.6, 0.01)), 2 * 0.61**4)
    assert close(law.p_value(by_hand(few, -0.7, 0.6)), 2 * 0.7**4)
    high = torch.linspace(0.5, 1, 50, dtype=torch.float64).tolist()
    assert close(law.p_value(by_hand(high, 0.5, 1.0)), 4 * math.exp(-2 * 50 * 0.75**2))
    assert law.p_value(by_hand([0.0], -0.999, 0.999)) == 1.0
    for end in (1.5, -1.5):  # as far beyond the range as rounding explains
        found = law.p_value(by_hand([end], min(end, 0), max(end, 0), 0.5))
        assert close(found, 4 * math.exp(-2))
    assert law.p_value(by_hand([1.0], 0, 1.51, 0.5)) == 0.0


def test_a_p_value_of_a_normal_law_by_hand() -> None:
    law = Normal("", 1.0)
    high = [3.0] * 50
    gap = torch.special.ndtr(torch.tensor(3.0, dtype=torch.float64)).item()
    assert close(law.p_value(by_hand(high, 3, 3)), 4 * math.exp(-2 * 50 * gap**2))
    even = torch.special.ndtri(torch.arange(1, 100, dtype=torch.float64) / 100).tolist()
    assert law.p_value(by_hand(even, -3, 3)) == 1.0


def test_a_gap_by_hand() -> None:
    below = torch.tensor([1 / 3, 2 / 3, 0.8], dtype=torch.float64)
    assert _gap_p(below, below) == 1.0
    many = torch.zeros(300, dtype=torch.float64)
    third = torch.full((300,), 1 / 3, dtype=torch.float64)
    assert close(_gap_p(many, third), 2 * math.exp(-600 * (2 / 3) ** 2))
    thirds = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)  # two of three are too low
    assert close(_gap_p(thirds, thirds), 2 * math.exp(-6 * (2 / 3) ** 2))


def test_a_control_is_the_same_law_at_another_scale() -> None:
    for law in (Uniform("b", 0.3), Normal("b", 0.3)):
        for control, scale in zip(law.off(), (0.285, 0.315), strict=True):
            assert type(control) is type(law)
            assert control.formula == "b"
            (stated,) = {getattr(control, "bound", None), getattr(control, "std", None)} - {None}
            assert close(stated, scale)


def test_a_constant_may_differ_by_half_a_rounding_error() -> None:
    law = Constant("", 1.0)
    assert law.p_value(by_hand([1.2], 1.2, 1.2, 0.5)) == 1.0
    assert law.p_value(by_hand([1.3], 1.3, 1.3, 0.5)) == 0.0


def test_sums_are_over_all_tensors_and_all_their_pieces() -> None:
    big = torch.ones(CHUNK + 5)
    sample = Sample.of([big, 3 * big])
    assert (sample.n, sample.total, sample.squares) == (2 * len(big), 4 * len(big), 10 * len(big))


def test_integers_have_no_rounding_error_and_nothing_is_drawn_of_nothing() -> None:
    assert Sample.of([torch.ones(3, dtype=torch.int64)]).eps == 0
    nothing = Sample.of([])
    assert (nothing.eps, nothing.drawn.dtype, len(nothing.drawn)) == (0, torch.float64, 0)
