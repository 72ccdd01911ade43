"""Does a class survive the mirror? A mirrored shirt is a shirt; a mirrored 3 is nothing.

Nearest neighbours among some training images classify other ones as they are and mirrored. What they know beyond the
commonest class's share is what counts: mirroring is allowed where at least `_KEPT` of it is left. Measured, with
2,000 neighbours: digits keep 0.25, Fashion-MNIST 0.75 (shoes all point one way), CIFAR-10 0.8 to 1.1.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

_KEPT = 0.55  # between digits and clothes
_NEIGHBOURS = 2000
_QUERIES = 1000
_SIDE = 16  # pixels: images are averaged down to about this, which costs neighbours nothing and saves time
_SIGMAS = 3.0  # the neighbours must know something: that far above the commonest class's share


def survives_mirror(x: NDArray[Any], codes: NDArray[Any], rng: np.random.Generator) -> bool:
    """Say whether images (n, h, w, c) keep their class when mirrored. Where nothing can be told: no."""
    plain, mirrored, chance, queries = neighbour_accuracy(x, codes, rng)
    noise = np.sqrt(chance * (1 - chance) / queries) if queries else 1.0
    if plain - chance <= _SIGMAS * noise:
        return False
    return (mirrored - chance) / (plain - chance) >= _KEPT


def neighbour_accuracy(
    x: NDArray[Any], codes: NDArray[Any], rng: np.random.Generator
) -> tuple[float, float, float, int]:
    """Return the accuracy of neighbours on images as they are and mirrored, the chance level, and how many images."""
    rows = rng.permutation(len(x))
    queries = min(_QUERIES, len(x) // 3)
    asked, known = rows[:queries], rows[queries : queries + _NEIGHBOURS]
    if not queries:
        return 0.0, 0.0, 1.0, 0
    neighbours = KNeighborsClassifier(min(5, len(known))).fit(_features(x[known]), codes[known])
    images, labels = x[asked], codes[asked]
    plain = float(np.mean(neighbours.predict(_features(images)) == labels))
    mirrored = float(np.mean(neighbours.predict(_features(images[:, :, ::-1])) == labels))
    return plain, mirrored, float(np.bincount(labels).max()) / queries, queries


def _features(x: NDArray[Any]) -> NDArray[np.float32]:
    """Return grey images averaged down to about 16x16, flat, (n, features)."""
    n, h, w, _ = x.shape
    step_h, step_w = max(1, h // _SIDE), max(1, w // _SIDE)
    rows, columns = h // step_h, w // step_w
    kept = x[:, : rows * step_h, : columns * step_w]
    blocks = kept.reshape(n, rows, step_h, columns, step_w, -1)
    return np.asarray(blocks.mean(axis=(2, 4, 5), dtype=np.float32)).reshape(n, -1)
