"""The layers the table builds: every public class of torch.nn, with the arguments that change how it starts."""

from __future__ import annotations

FIRST_INPUT = " # first input "
"""In arguments: a lazy layer was shown one batch of the shape that follows."""
_NORMS = ("64", "64, bias=False", "64, affine=False", "64, track_running_stats=False")
_AFFINE = ("64, affine=True", "64, affine=True, bias=False", "64, track_running_stats=True")
_AFFINE += ("64, affine=True, track_running_stats=True",)
_ENCODER, _DECODER = (f"nn.Transformer{name}Layer(64, 4, 128)" for name in ("Encoder", "Decoder"))
_CLASSES = "weight=torch.tensor([1.0, 2.0, 3.0])"


def _lazy(n: int) -> tuple[str, ...]:
    """Arguments of a lazy convolution over `n` dimensions: before, after, after a batch of nothing."""
    inputs = (f"{FIRST_INPUT}(2, {channels}{', 8' * n})" for channels in (32, 0))
    return "64, 3", *(f"64, 3{after}" for after in inputs)


_CONV = ("32, 64, 3", "32, 64, 3, groups=4", "32, 64, (3, 5)", "32, 64, 3, bias=False", "0, 64, 3")
_ODD = {
    1: ("32, 64, 5", *_CONV[1:2], *_CONV[3:], "32, 32, 3, groups=32"),
    2: ("32, 32, 3, groups=32", "64, 3, 7, bias=False"),
    3: ("32, 64, (1, 3, 5)", *_CONV[1:2], *_CONV[3:], "32, 32, 3, groups=32"),
}
CASES: dict[str, tuple[str, ...]] = {
    "Linear": ("400, 300", "400, 300, bias=False", "0, 300"),
    "LazyLinear": ("300", f"300{FIRST_INPUT}(2, 400)", f"300{FIRST_INPUT}(2, 0)"),
    "Bilinear": ("50, 30, 100", "50, 0, 100"),
    **{
        f"{conv}{n}d": _CONV if n == 2 else _CONV[:1]
        for conv in ("Conv", "ConvTranspose")
        for n in (1, 2, 3)
    },
    **{f"LazyConv{n}d": _lazy(n) for n in (1, 2, 3)},
    **{f"LazyConvTranspose{n}d": _lazy(n) for n in (1, 2, 3)},
    "BatchNorm1d": _NORMS,
    "BatchNorm2d": _NORMS[:1],
    "BatchNorm3d": _NORMS[:1],
    **{f"LazyBatchNorm{n}d": ("", f"{FIRST_INPUT.lstrip()}(2, 64{', 8' * n})") for n in (1, 2, 3)},
    "SyncBatchNorm": _NORMS,
    "InstanceNorm1d": _AFFINE,
    "InstanceNorm2d": _AFFINE[-1:],
    "InstanceNorm3d": _AFFINE[-1:],
    **{
        f"LazyInstanceNorm{n}d": ("", f"{FIRST_INPUT.lstrip()}(2, 64{', 8' * n})")
        for n in (1, 2, 3)
    },
    "GroupNorm": ("4, 64", "4, 64, bias=False"),
    "LayerNorm": ("64", "(8, 16)", "64, bias=False"),
    "RMSNorm": ("64", "(8, 16)"),
    "RNN": ("20, 64",),
    "LSTM": ("20, 64", "20, 64, bias=False", "20, 64, proj_size=32"),
    "GRU": ("20, 64",),
    "RNNBase": ("'LSTM', 20, 64",),
    "RNNCell": ("20, 64",),
    "LSTMCell": ("20, 64",),
    "GRUCell": ("20, 64",),
    "RNNCellBase": ("20, 64, True, 4",),
    "MultiheadAttention": (
        "64, 4",
        "64, 4, add_bias_kv=True",
        "64, 4, kdim=32, vdim=48",
    ),
    "TransformerEncoderLayer": ("64, 4, 128",),
    "TransformerDecoderLayer": ("64, 4, 128",),
    "TransformerEncoder": (f"{_ENCODER}, 1, nn.LayerNorm(64)",),
    "TransformerDecoder": (f"{_DECODER}, 1, nn.LayerNorm(64)",),
    "Transformer": (
        "64, 4, 1, 1, 128",
        "64, 4, custom_encoder=nn.Linear(64, 64), custom_decoder=nn.Linear(64, 64)",
    ),
    "AdaptiveLogSoftmaxWithLoss": ("64, 1000, [100, 500]",),
    "LinearCrossEntropyLoss": (
        "64, 100",
        "64, 100, bias=True, weight=torch.linspace(1, 2, 100)",
        "8, 5, out_features=(4, 3)",
    ),
    "Embedding": ("500, 64", "500, 64, padding_idx=0", "500, 64, padding_idx=-1"),
    "EmbeddingBag": ("500, 64", "500, 64, padding_idx=0", "500, 64, padding_idx=-1"),
    "PReLU": ("", "64", "64, init=0.1"),
    "CrossEntropyLoss": (_CLASSES,),
    "NLLLoss": (_CLASSES,),
    "NLLLoss2d": (_CLASSES,),
    "MultiMarginLoss": (_CLASSES,),
    "MultiLabelSoftMarginLoss": (_CLASSES,),
    "BCELoss": (_CLASSES,),
    "BCEWithLogitsLoss": (f"{_CLASSES}, pos_{_CLASSES}",),
    "FractionalMaxPool2d": ("2, 4, _random_samples=torch.full((1, 3, 2), 0.5)",),
    "FractionalMaxPool3d": ("2, 4, _random_samples=torch.full((1, 3, 3), 0.5)",),
}
"""Class -> arguments of the rows that the page shows, as Python between the parentheses of the call."""

MORE: dict[str, tuple[str, ...]] = {
    **{f"{conv}{n}d": _ODD[n] for conv in ("Conv", "ConvTranspose") for n in (1, 2, 3)},
    **{
        f"Lazy{conv}{n}d": (f"64, 3, groups=4{FIRST_INPUT}(2, 32{', 8' * n})", "64, 3, bias=False")
        for conv in ("Conv", "ConvTranspose")
        for n in (1, 2, 3)
    },
    "LazyLinear": ("300, bias=False", f"300, bias=False{FIRST_INPUT}(2, 400)"),
    "BatchNorm2d": _NORMS[1:],
    "BatchNorm3d": _NORMS[1:],
    "InstanceNorm2d": _AFFINE[:-1],
    "InstanceNorm3d": _AFFINE[:-1],
    **{
        f"LazyInstanceNorm{n}d": (
            f"affine=True, track_running_stats=True{FIRST_INPUT}(2, 64{', 8' * n})",
        )
        for n in (1, 2, 3)
    },
    "Bilinear": ("50, 30, 100, bias=False",),
    "RNN": (
        "20, 64, bias=False",
        "20, 64, num_layers=2",
        "20, 64, bidirectional=True",
        "20, 64, nonlinearity='relu'",
    ),
    "LSTM": (
        "20, 64, bidirectional=True",
        "20, 64, num_layers=2",
        "20, 64, num_layers=2, bidirectional=True, proj_size=32",
    ),
    "GRU": ("20, 64, bias=False", "20, 64, num_layers=2", "20, 64, bidirectional=True"),
    "RNNCell": ("20, 64, bias=False",),
    "LSTMCell": ("20, 64, bias=False",),
    "GRUCell": ("20, 64, bias=False",),
    "MultiheadAttention": (
        "64, 4, bias=False",
        "64, 4, kdim=64, vdim=64",
        "64, 4, bias=False, add_bias_kv=True, kdim=32",
    ),
    "TransformerEncoderLayer": ("64, 4, 128, bias=False",),
    "TransformerDecoderLayer": ("64, 4, 128, bias=False",),
    "AdaptiveLogSoftmaxWithLoss": (
        "64, 1000, [100, 500], head_bias=True",
        "64, 1000, [100, 500], div_value=2.0",
    ),
    "TransformerEncoder": (f"{_ENCODER}, 2",),
    "TransformerDecoder": (f"{_DECODER}, 2",),
    "Transformer": ("64, 4, 2, 2, 128", "64, 4, 1, 1, 128, bias=False"),
    "EmbeddingBag": ("500, 64, mode='sum'",),
}
"""Class -> further arguments: rows of defaults.json that would make the page long and tell nothing new."""
