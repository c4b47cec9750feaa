"""Version and dimensions of a model, and the tensors that such a model has."""

from dataclasses import dataclass

VERSIONS = ("4", "5.0", "5.1", "5.2", "6", "7", "7a")
DEEP_EMBED = 32  # 7a: the side of the small matrix that each token has in each layer


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Version and dimensions of a model."""

    version: str  # one of VERSIONS
    layers: int
    width: int
    heads: int  # 1 for RWKV-4, which has no heads
    head_size: int
    vocab_size: int
    ffn_width: int
    ranks: tuple[int, ...] = ()  # RWKV-6: token shift, decay; RWKV-7: decay w, rate a, value v, gate g

    @property
    def state_numbers(self) -> int:
        """Number of elements in the state of one row."""
        if self.version == "4":
            return 5 * self.layers * self.width
        return self.layers * self.width * (2 + self.head_size)


@dataclass(frozen=True, slots=True)
class Shape:
    """The dimensions that, together with a version, determine a spec."""

    layers: int
    width: int
    vocab_size: int = 65536
    head_size: int = 64


SHAPES = {
    "tiny": Shape(layers=3, width=128, vocab_size=320),
    "0.1b": Shape(layers=12, width=768),
    "0.4b": Shape(layers=24, width=1024),
    "1.5b": Shape(layers=24, width=2048),
    "2.9b": Shape(layers=32, width=2560),
    "7.2b": Shape(layers=32, width=4096),
}


def make_spec(version: str, shape: Shape) -> ModelSpec:
    """Return the spec of the published models of this version and shape; raises ``ValueError`` if there are none."""
    if version not in VERSIONS:
        raise ValueError(f"unknown version {version!r}; known are {', '.join(VERSIONS)}")
    width = shape.width
    ranks: tuple[int, ...] = ()
    ffn_width = 4 * width
    if version.startswith("5") or version == "6":
        ffn_width = int(3.5 * width) // 32 * 32
    if version == "6":
        ranks = (32, 64) if width < 4096 else (64, 128)
    if version.startswith("7"):
        ranks = _ranks7(width)
    heads = 1 if version == "4" else width // shape.head_size
    head_size = width if version == "4" else shape.head_size
    return ModelSpec(version, shape.layers, width, heads, head_size, shape.vocab_size, ffn_width, ranks)


def _ranks7(width: int) -> tuple[int, ...]:
    """Return the ranks of RWKV-7's low-rank products in the published models of this width."""
    if width <= 512:
        return (32, 32, 32, 64)
    if width <= 1024:
        return (64, 64, 32, 128)
    if width <= 2048:
        return (96, 96, 64, 256)
    if width <= 2560:
        return (96, 96, 64, 320)
    return (128, 128, 96, 480)


def tensor_shapes(spec: ModelSpec) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor in a model file of this spec. Published files have extra axes of length 1."""
    width, vocab = spec.width, spec.vocab_size
    shapes: dict[str, tuple[int, ...]] = {"emb.weight": (vocab, width)}
    for name in ("blocks.0.ln0", "ln_out"):
        shapes |= {f"{name}.weight": (width,), f"{name}.bias": (width,)}
    shapes["head.weight"] = (vocab, width)
    for layer in range(spec.layers):
        for name, shape in _block_shapes(spec, layer).items():
            shapes[f"blocks.{layer}.{name}"] = shape
    return shapes


def _block_shapes(spec: ModelSpec, layer: int) -> dict[str, tuple[int, ...]]:
    width = spec.width
    vectors = ["ln1.weight", "ln1.bias", "ln2.weight", "ln2.bias"]
    squares = [f"att.{name}.weight" for name in ("receptance", "key", "value", "output")]
    shapes: dict[str, tuple[int, ...]] = {}
    if spec.version != "4":
        vectors += ["att.ln_x.weight", "att.ln_x.bias"]
    if spec.version.startswith("7"):
        shapes |= _block7_shapes(spec, layer)
        vectors += [f"att.{name}" for name in ("x_r", "x_w", "x_k", "x_v", "x_a", "x_g", "w0", "a0", "k_k", "k_a")]
        vectors += ["ffn.x_k"] + ["att.v0"] * (layer > 0)
    else:
        squares.append("ffn.receptance.weight")
        mix = "time_maa" if spec.version == "6" else "time_mix"
        letters = {"4": "kvr", "5.0": "kvr", "5.1": "kvrg", "5.2": "kvrg", "6": "xwkvrg"}[spec.version]
        vectors += [f"att.{mix}_{letter}" for letter in letters] + [f"ffn.{mix}_k", f"ffn.{mix}_r"]
        if spec.version in ("5.1", "5.2", "6"):
            squares.append("att.gate.weight")
        shapes |= _decay_shapes(spec)
    shapes |= dict.fromkeys(vectors, (width,)) | dict.fromkeys(squares, (width, width))
    shapes |= {"ffn.key.weight": (spec.ffn_width, width), "ffn.value.weight": (width, spec.ffn_width)}
    return shapes


def _decay_shapes(spec: ModelSpec) -> dict[str, tuple[int, ...]]:
    """Decay and first-token bonus of versions 4 to 6: per channel, per head, or depending on the token."""
    heads, size, width = spec.heads, spec.head_size, spec.width
    match spec.version:
        case "4":
            return {"att.time_decay": (width,), "att.time_first": (width,)}
        case "5.0" | "5.1":
            return {"att.time_decay": (heads,), "att.time_faaaa": (heads,)}
        case "5.2":
            return {"att.time_decay": (heads, size), "att.time_faaaa": (heads, size)}
    mix, decay = spec.ranks
    return {
        "att.time_maa_w1": (width, 5 * mix),
        "att.time_maa_w2": (5, mix, width),
        "att.time_decay": (width,),
        "att.time_decay_w1": (width, decay),
        "att.time_decay_w2": (decay, width),
        "att.time_faaaa": (heads, size),
    }


def _block7_shapes(spec: ModelSpec, layer: int) -> dict[str, tuple[int, ...]]:
    width, shapes = spec.width, dict[str, tuple[int, ...]]()
    for letter, rank in zip("wavg", spec.ranks, strict=True):
        if letter != "v" or layer > 0:  # v_first comes from layer 0
            shapes |= {f"att.{letter}1": (width, rank), f"att.{letter}2": (rank, width)}
    shapes["att.r_k"] = (spec.heads, spec.head_size)
    if spec.version == "7a":
        side = DEEP_EMBED
        shapes |= {"ffn.s_emb.weight": (spec.vocab_size, side * side), "ffn.s_emb_x.weight": (side * side, width)}
        shapes |= {"ffn.s1": (width, side), "ffn.s2": (side, spec.ffn_width), "ffn.s0": (spec.ffn_width,)}
    return shapes
