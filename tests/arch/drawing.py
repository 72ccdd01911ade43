"""Random networks and weights for tests: every op, joins of joins, nodes read twice, odd and rectangular images."""

from collections.abc import Callable

import numpy as np

from autonas.arch import Architecture, Node, Weights, node, prune
from autonas.arch.op import Array, WeightSpec

WIDTHS = (2, 3, 4, 6)  # few, and some sums of others, so that joins often fit
Arrays = dict[str, tuple[Array, ...]]


def drawn(rng: np.random.Generator, steps: int = 12) -> Architecture:
    """Return a random network of about ``steps`` nodes and a head; it ends in one dense layer."""
    sketch = _Sketch(rng)
    while len(sketch.nodes) < steps:
        sketch.step()
    return sketch.finished()


def random_weights(architecture: Architecture, rng: np.random.Generator) -> Arrays:
    """Return float32 weights without a special value: batch norms have seen data, biases are not zero."""
    return {id: tuple(_random_array(spec, rng) for spec in specs) for id, specs in architecture.weights.items()}


def batch(architecture: Architecture, rng: np.random.Generator, n: int = 2) -> Array:
    """Return ``n`` random examples for the only input; texts of several lengths where it holds ids."""
    name = architecture.inputs[0]
    readers = (architecture[id] for id in architecture.consumers[name])
    vocabularies = [each["tokens"] for each in readers if each.op == "embedding"]
    if vocabularies:
        (length,) = architecture.shapes[name]
        ids = rng.integers(1, max(min(vocabularies), 2), (n, length))
        return np.where(np.arange(length) < rng.integers(1, length + 1, (n, 1)), ids, 0).astype(np.float32)
    return rng.standard_normal((n, *architecture.shapes[architecture.inputs[0]])).astype(np.float32)


def disagreement(before: Array, after: Array) -> float:
    """Largest difference as a part of the output's scale."""
    return float(np.abs(after - before).max() / np.abs(before).max())


def all_finite(weights: Weights) -> bool:
    """Whether no array holds a NaN or an infinity."""
    return all(np.isfinite(array).all() for arrays in weights.values() for array in arrays)


def _random_array(spec: WeightSpec, rng: np.random.Generator) -> Array:
    if spec.name == "variance":
        return rng.uniform(0.5, 2.0, spec.shape).astype(np.float32)
    if spec.name == "gamma":
        return (rng.choice((-1, 1), spec.shape) * rng.uniform(0.5, 1.5, spec.shape)).astype(np.float32)
    fan_in = np.prod([size for size, role in zip(spec.shape, spec.axes, strict=True) if role != "out"])
    return (rng.standard_normal(spec.shape) / np.sqrt(fan_in)).astype(np.float32)


class _Sketch:
    """Nodes drawn so far, with their shapes."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        shape = (*rng.integers(3, 9, 2), rng.integers(1, 4))
        self.nodes: list[Node] = [node("input", "input", (), shape=shape)]
        self.shapes = {"input": self.nodes[0]["shape"]}

    def step(self) -> None:
        """Try to draw one more node."""
        layers = {1: _VECTOR_LAYERS, 3: _IMAGE_LAYERS}
        joins = ("add", "concat")
        source = self._pick(list(self.shapes))
        choices = (*layers[len(self.shapes[source])], *joins, *joins)
        op = choices[self.rng.integers(len(choices))]
        if op in joins:
            self._join(op, source)
        else:
            made = self._put(op, (source,), **_ATTRIBUTES.get(op, lambda rng: {})(self.rng))
            if op in ("conv", "dense", "batch_norm") and self.rng.random() < 0.5:
                self._put("relu", (made,))

    def finished(self) -> Architecture:
        """Lead every loose end into a vector, and all of them into a dense layer."""
        read = {name for each in self.nodes for name in each.inputs}
        ends = [self._vector(name) for name in list(self.shapes) if name not in read]
        last = self._put("concat", tuple(ends)) if len(ends) > 1 else ends[0]
        self._put("dense", (last,), units=3)
        return prune(self.nodes, (self.nodes[-1].id,))

    def _vector(self, name: str) -> str:
        if len(self.shapes[name]) == 1:
            return name
        ops = ("flatten", "global_avg_pool", "global_max_pool")
        return self._put(ops[self.rng.integers(3)], (name,))

    def _join(self, op: str, source: str) -> None:
        cut = slice(None) if op == "add" else slice(-1)
        shape = self.shapes[source]
        fitting = [name for name, other in self.shapes.items() if other[cut] == shape[cut] and len(other) == len(shape)]
        others = [self._pick(fitting) for _ in range(self.rng.integers(1, 3))]
        if shape[-1] * (1 + len(others)) <= 24:
            self._put(op, (source, *others))

    def _put(self, op: str, inputs: tuple[str, ...], **attrs: object) -> str:
        each = node(f"n{len(self.nodes)}", op, inputs, **attrs)
        self.nodes.append(each)
        self.shapes[each.id] = each.rule.shape(each.attributes, tuple(self.shapes[name] for name in inputs))
        return each.id

    def _pick(self, names: list[str]) -> str:
        """A node, the newer the likelier, so that networks grow deep as well as broad."""
        return names[max(self.rng.integers(len(names), size=2))]


_IMAGE_LAYERS = (
    *("conv", "separable_conv", "depthwise_conv", "batch_norm", "relu", "relu", "max_pool", "avg_pool"),
    *("dropout", "factorized_reduction", "flatten", "global_avg_pool", "global_max_pool"),
)
_VECTOR_LAYERS = ("dense", "dense", "batch_norm", "relu", "dropout")


def _window(rng: np.random.Generator) -> dict[str, object]:
    return {"kernel": rng.integers(1, 5), "stride": rng.choice((1, 1, 1, 2)), "bias": bool(rng.integers(2))}


def _pool(rng: np.random.Generator) -> dict[str, object]:
    return {"size": rng.integers(2, 4), "stride": rng.integers(1, 3)}


def _filters(rng: np.random.Generator) -> int:
    return int(rng.choice(WIDTHS))


_ATTRIBUTES: dict[str, Callable[[np.random.Generator], dict[str, object]]] = {
    "conv": lambda rng: {"filters": _filters(rng), **_window(rng)},
    "separable_conv": lambda rng: {"filters": _filters(rng), **_window(rng)},
    "depthwise_conv": _window,
    "dense": lambda rng: {"units": _filters(rng)},
    "dropout": lambda rng: {"rate": 0.3},
    "factorized_reduction": lambda rng: {"filters": _filters(rng)},
    "max_pool": _pool,
    "avg_pool": _pool,
}
