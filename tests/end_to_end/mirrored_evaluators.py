"""Two replicas train as one device does: from scratch, inherited, finishing, and supernets of images and texts."""

import tests.end_to_end.two_processors  # noqa: F401, I001 - before anything runs
import numpy as np

from autonas.runtime.devices import Distribution
from autonas.space.enas_micro import Micro
from tests.end_to_end.trained import MACRO, shared, trained

TWO = Distribution("mirrored", 2)


def equal_losses():
    both, alone = trained(TWO), trained(None)
    np.testing.assert_allclose(both[0], alone[0], atol=1e-4)
    np.testing.assert_allclose(both[1], alone[1], atol=1e-4)
    print(np.abs(np.subtract(both[0], alone[0])).max())  # noqa: T201


def equal_supernets(space, steps):
    (loss, weights), (other_loss, other_weights) = shared(TWO, space, steps), shared(None, space, steps)
    np.testing.assert_allclose(loss, other_loss, atol=1e-4)
    for one, other in zip(weights, other_weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)
    print(abs(loss - other_loss))  # noqa: T201


equal_losses()
equal_supernets(MACRO, 50)
equal_supernets(Micro((8, 8, 1), 10, width=2, layers=2, blocks=1), 6)
print("equal")  # noqa: T201
