"""Memory of a fit on more data than memory should hold: a data set made on disk, and given as a stream. One JSON line.

    python benchmarks/real/streaming.py --gigabytes 5 --door dataset --time-limit 300 --seed 0

It writes images of 64 x 64 x 3 bytes (a bar in one of ten places, under noise) to shards in a temporary folder, sorted
by class, as careless data are; a `tf.data.Dataset` of unknown size or a generator reads them, and `ImageClassifier` is
fitted to it. `peak_memory_mb` is the largest resident set of the process, TensorFlow's own some 700 MB included;
`before_fit_mb` is what it was before the fit. 2,000 more images say what was learned. The stream is kept in the
temporary folder while the fit runs, so twice the size must be free there.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import record

sys.path.insert(0, str(record.ROOT))  # autonas is the code beside this file, whose commit the line names

import numpy as np
import tensorflow as tf

import autonas

SIDE, CLASSES, SHARD, BATCH, TEST = 64, 10, 2_000, 100, 2_000
IMAGE_BYTES = SIDE * SIDE * 3


def images_of(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise with a brighter bar where the label says, (n, 64, 64, 3) uint8; half of the bars are hidden by noise."""
    x = rng.integers(0, 200, (len(labels), SIDE, SIDE, 3), dtype=np.uint8)
    rows = labels * (SIDE // CLASSES)
    for image, row, shown in zip(x, rows, rng.random(len(labels)), strict=True):
        image[row : row + SIDE // CLASSES] += np.uint8(55 * shown)
    return x


def write_shards(folder: Path, n: int, rng: np.random.Generator) -> list[Path]:
    """Write n labelled images as files of raw bytes, sorted by class, and return the files."""
    labels = np.sort(rng.integers(0, CLASSES, n).astype(np.uint8))
    paths = []
    for start in range(0, n, SHARD):
        some = labels[start : start + SHARD]
        pixels = images_of(some, rng).reshape(len(some), -1)
        paths.append(folder / f"{start:08}.bin")
        np.concatenate([some[:, None], pixels], axis=1).tofile(paths[-1])
    return paths


def as_dataset(paths: list[Path]) -> tf.data.Dataset:
    """The shards as a dataset of single images whose number it does not know."""

    def parse(content: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        numbers = tf.io.decode_raw(content, tf.uint8)
        return tf.reshape(numbers[1:], (SIDE, SIDE, 3)), tf.cast(numbers[0], tf.int32)

    return tf.data.FixedLengthRecordDataset(list(map(str, paths)), 1 + IMAGE_BYTES).map(parse)


def as_generator(paths: list[Path]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The shards as batches."""
    for path in paths:
        numbers = np.fromfile(path, np.uint8).reshape(-1, 1 + IMAGE_BYTES)
        for at in range(0, len(numbers), BATCH):
            some = numbers[at : at + BATCH]
            yield some[:, 1:].reshape(-1, SIDE, SIDE, 3), some[:, 0].astype(np.int64)


DOORS: dict[str, Any] = {"dataset": as_dataset, "generator": as_generator}


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    """Make the data, fit, and return the line."""
    surroundings, rng = record.surroundings(), np.random.default_rng(arguments.seed)
    n = round(arguments.gigabytes * 1e9 / IMAGE_BYTES)
    test = rng.integers(0, CLASSES, TEST)
    with tempfile.TemporaryDirectory() as folder:
        paths = write_shards(Path(folder), n, rng)
        before, begun = record.peak_memory_mb(), time.perf_counter()
        classifier = autonas.ImageClassifier(
            time_limit=arguments.time_limit, max_trials=arguments.max_trials, seed=arguments.seed, verbose=2
        )
        classifier.fit(DOORS[arguments.door](paths))
        seconds = time.perf_counter() - begun
    return {
        "benchmark": "streaming",
        **vars(arguments),
        "images": n,
        "seconds": round(seconds, 1),
        "timing": {kind: round(spent, 1) for kind, spent in classifier.timing_.items()},
        "trials": len(classifier.leaderboard()),
        "test_accuracy": classifier.score(images_of(test, rng), test),
        "before_fit_mb": before,
        "peak_memory_mb": record.peak_memory_mb(),
        **surroundings,
    }


def main() -> None:
    """Measure, and print the line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--door", choices=sorted(DOORS), default="dataset")
    parser.add_argument("--time-limit", type=float, default=300.0, help="seconds for the fit, reading included")
    parser.add_argument("--max-trials", type=int)
    parser.add_argument("--seed", type=int, default=0)
    with contextlib.redirect_stdout(sys.stderr):  # tools print; stdout is for the line
        line = measure(parser.parse_args())
    print(json.dumps(line))


if __name__ == "__main__":
    main()
