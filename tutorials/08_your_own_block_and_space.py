"""Your own op, your own block, your own space: what a search may build is data that you can add to. A minute on two CPU
cores.

    pip install .                              # in a checkout
    python tutorials/08_your_own_block_and_space.py

It leaves a report in `output/own_block.html` beside this file.
"""

import dataclasses
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import autonas
from autonas.arch import Architecture, Op, register
from autonas.arch.drawing import Drawing
from autonas.estimators.image import IMAGE
from autonas.estimators.kind import Family
from autonas.morph import Edit, Widen
from autonas.runtime.compile import BUILDERS
from autonas.search import Evolution, run
from autonas.space import MorphSpace
from autonas.testing import check_op

OUTPUT = Path(__file__).parent / "output"
LEAST_ACCURACY = 0.85

# 1. An op of your own: one entry in the registry, and one that says how Keras builds it. The entry tells how shapes and
# channels pass through, which is all that edits need: with `channels="keep"` a layer before it may be widened.
register(
    Op(
        "silu",
        channels="keep",
        sign="loses",  # its output may be negative, whatever comes in
        shape=lambda attrs, inputs: inputs[0],
        flops=lambda attrs, inputs, output: 4 * math.prod(output),
        reference=lambda attrs, inputs, weights: inputs[0] / (1 + np.exp(-inputs[0])),
        words=lambda attrs: "SiLU",
    )
)
BUILDERS["silu"] = lambda node, inputs, dtype: keras.layers.Activation("silu", dtype=dtype, name=node.id)(inputs[0])

# The contract that every op keeps: shape, weights and output in NumPy are those of the Keras layer.
check_op("silu", [(5, 4, 3)])


# 2. A block of your own, and a network of it: drawn node by node, each behind the newest.
def network(shape: tuple[int, ...], outputs: int, width: int) -> Architecture:
    """Return two inverted bottlenecks with SiLU, each bridged by a skip connection."""
    drawing = Drawing("image", shape)
    drawing.put("conv", filters=width, kernel=3, stride=2)
    for _ in range(2):
        start = drawing.last
        drawing.put("conv", filters=2 * width, kernel=1, bias=False)
        drawing.put("batch_norm")
        drawing.put("silu")
        end = drawing.put("conv", filters=width, kernel=3)
        drawing.put("add", (start, end))
    drawing.put("silu")
    drawing.put("global_avg_pool")
    return drawing.end(outputs)


# 3. An estimator that begins there. A kind of data is a value; this one differs from images in its first networks.
class MyClassifier(autonas.ImageClassifier):
    """Searches from blocks of mine."""

    kind = dataclasses.replace(
        IMAGE,
        families=lambda data, outputs: (Family(lambda width: network(data.schema.shape, outputs, width), (8, 16), 8),),
    )


digits = load_digits()
x_train, x_test, y_train, y_test = train_test_split(
    digits.images, digits.target, test_size=0.25, stratify=digits.target, random_state=0
)
clf = MyClassifier(max_trials=2, seed=0, workers=0, verbose=1)
clf.fit(x_train, y_train, epochs=15)
OUTPUT.mkdir(exist_ok=True)
clf.report(OUTPUT / "own_block.html")
accuracy = clf.score(x_test, y_test)
print(f"\n{clf.leaderboard()}\n\nTest accuracy: {accuracy:.4f}")


# 4. A space of your own is any class with these five members. This one lets networks be widened and nothing else.
@dataclasses.dataclass(frozen=True)
class OnlyWider:
    """A morphism space with one kind of edit."""

    inner: MorphSpace

    @property
    def starters(self) -> Sequence[Architecture]:
        """Where a search begins."""
        return self.inner.starters

    @property
    def inherits(self) -> bool:
        """Children begin with their parent's weights."""
        return True

    def families(self, architecture: Architecture) -> Mapping[str, Iterable[Edit]]:
        """Return the edits that lead on."""
        return {"widen": Widen.legal(architecture)}

    def child(self, architecture: Architecture, edit: Edit) -> Architecture | None:
        """Return the edited network, or None where it is too large."""
        return self.inner.child(architecture, edit)

    def sample(self, rng: np.random.Generator) -> Architecture:
        """Return a random one: a starter."""
        return self.starters[rng.integers(len(self.starters))]


# Any score will do: here, how near a network comes to 20,000 parameters. No TensorFlow is needed for this part.
space = OnlyWider(MorphSpace((network((8, 8, 1), 10, 8),), max_parameters=40_000))
result = run(Evolution(), space, score=lambda each: -abs(each.parameters - 20_000), trials=30, seed=0)
found = result.best.proposal.architecture
print(f"Nearest to 20,000 parameters: {found.parameters:,}, by {len(result.history)} trials that only widen.")

if accuracy < LEAST_ACCURACY:
    sys.exit(f"The test accuracy must be at least {LEAST_ACCURACY}. Received: {accuracy:.4f}.")
if len(found.nodes) != len(space.starters[0].nodes):
    sys.exit(f"Widening must add no layer. Received: {len(found.nodes)} layers.")
