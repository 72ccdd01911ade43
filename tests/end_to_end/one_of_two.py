"""Two processes train together as one does alone, under a strategy that spans both.

The chief runs the evaluators, then the same on one device alone, and compares; the other one follows.
"""

from tests.end_to_end.process_of_two import PLACE  # isort: skip - before anything runs

import numpy as np
import tensorflow as tf

strategy = tf.distribute.MultiWorkerMirroredStrategy()  # before anything runs

from autonas.runtime.devices import Distribution  # noqa: E402
from autonas.runtime.following import follow  # noqa: E402
from autonas.runtime.leading import dismiss  # noqa: E402
from tests.end_to_end.trained import DATA, recipe, shared, trained, trainer_of  # noqa: E402

TOGETHER = Distribution("own", 2, strategy)
if PLACE == 0:
    both = trained(TOGETHER)
    dismiss(strategy)
    loss, weights = shared(TOGETHER)
    alone = trained(None)
    np.testing.assert_allclose(both[0], alone[0], atol=1e-4)
    np.testing.assert_allclose(both[1], alone[1], atol=1e-4)
    other_loss, other_weights = shared(None)
    np.testing.assert_allclose(loss, other_loss, atol=1e-4)
    for one, other in zip(weights, other_weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)
    print(np.abs(np.subtract(both[0], alone[0])).max(), abs(loss - other_loss))  # noqa: T201
else:
    follow(DATA, recipe(TOGETHER))
    trainer_of(TOGETHER).follow()
print("equal")  # noqa: T201
