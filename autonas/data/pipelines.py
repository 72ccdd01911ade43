"""Arrays to tf.data pipelines whose shapes never change, so that nothing is traced twice.

A training batch is a pure function of (seed, step): resuming at a step is starting there, and two pipelines of one seed
agree to the last bit. All of it is TensorFlow operations. Python inside a pipeline (`tf.numpy_function`,
`from_generator`) was as fast and is a trap: an iterator that is deleted while its prefetch thread waits for the
interpreter's lock waits for that thread for ever, and the function, with the images it holds, is never let go.

Nothing is autotuned either: the end of an iterator waits for the tuning thread, which sleeps ever longer. Fits of 90 s
were followed by pauses of 50 s in which nothing happened.

Evaluation covers each sample once in batches of equal size; the last is filled up with sample 0 at weight 0. So metrics
must be weighted (`weighted_metrics` in Keras), and who predicts keeps the first n rows.
"""

import math
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
import tensorflow as tf

from autonas.data.augment import Augment
from autonas.data.augmentation_ops import cut_mix, draws, gather_augmented, normalise_batch
from autonas.data.batches import batch_size_for, even_batch, steps_per_epoch
from autonas.data.disk import DiskArray
from autonas.data.disk_ops import epoch_batches
from autonas.data.many import ManySchema, part_name
from autonas.data.rows import Rows, count, each, of_inputs
from autonas.data.schema import Schema
from autonas.data.splits import Part

_AHEAD = 2  # batches prepared while a step runs
_END = np.iinfo(np.int64).max

PREPARE: dict[str, Callable[[Any, Any], Any]] = {
    "image": normalise_batch,
    "many": lambda x, schema: {name: _prepare(held, schema.parts[part_name(name)]) for name, held in x.items()},
}
"""By kind of schema, what is left to do with a batch: ``(x, schema) -> what the network takes``. Kinds without an entry
leave nothing to do."""

# A part's tensors live as long as the part: a search makes a pipeline a trial, and each would copy the data again.
_TENSORS: weakref.WeakKeyDictionary[Part, tuple[Any, tf.Tensor, tf.Tensor]] = weakref.WeakKeyDictionary()


def training_batches(
    part: Part,
    batch_size: int,
    *,
    seed: int,
    augment: Augment | None = None,
    normalise: Schema | None = None,
    start_step: int = 0,
    classes: int | None = None,
    inputs: Sequence[str] = (),
) -> tf.data.Dataset:
    """Return endless batches (x, y, weight (b,)), reshuffled each epoch, from `start_step` on.

    x is what the network takes, (b, ...) or a dict by input name: prepared by the schema `normalise`, or only cast
    where that is None. Sparse rows become dense a batch at a time. b is `batch_size`, or all samples where
    they are fewer; what does not fill a batch at an epoch's end is left out of that epoch. Weights are 1 where the part
    has none. y is as in the part or, where `classes` is given, (b, classes): codes become shares of the classes, which
    cutmix needs. Of rows by input name, only those of `inputs` are given; () gives all.
    """
    x, y, weight = _tensors(part)
    x, schema = of_inputs(x, inputs), _read(normalise, inputs)
    size = batch_size_for(len(part), batch_size)
    changes = augment or Augment()

    def load(step: tf.Tensor, picked: Any) -> tuple[Any, tf.Tensor, tf.Tensor]:
        samples, rows = (picked, x) if x is not None else picked
        places = samples if x is not None else tf.range(size, dtype=tf.int64)
        u = draws(size, seed, step)
        moves = changes.flip or changes.shift
        if moves:
            images = gather_augmented(rows, places, changes, u)
        else:
            images = each(lambda held: _rows_of(held, places), rows)
        images = _prepare(images, schema)
        targets, weights = tf.gather(y, samples), tf.gather(weight, samples)
        if classes is not None:
            targets = tf.one_hot(targets, classes)
            if changes.cutmix:
                images, targets, weights = cut_mix(images, targets, weights, changes.cutmix, u)
        return each(lambda batch: _of_length(batch, size), images), targets, weights

    steps = tf.data.Dataset.range(start_step, _END)
    order = _shuffled(part, size, seed, start_step)
    return _untuned(tf.data.Dataset.zip((steps, order)).map(load).prefetch(_AHEAD))


def evaluation_batches(
    data: Part | Rows, batch_size: int, *, normalise: Schema | None = None, inputs: Sequence[str] = ()
) -> tf.data.Dataset:
    """Return batches of equal shape that cover the data once: (x, y, weight) of a part, x alone of rows.

    Rows past the data's end have weight 0; b is `even_batch(n, batch_size)`.
    """
    n = len(data) if isinstance(data, Part) else count(data)
    size = even_batch(n, batch_size)
    tensors = _tensors(data) if isinstance(data, Part) else (each(_on_host, data),)
    read, schema = of_inputs(tensors[0], inputs), _read(normalise, inputs)

    def load(step: tf.Tensor) -> Any:
        places = step * size + tf.range(size, dtype=tf.int64)
        real = places < n
        samples = tf.where(real, places, 0)
        x = _prepare(each(lambda held: _rows_of(held, samples), read), schema)
        x = each(lambda batch: _of_length(batch, size), x)
        if len(tensors) == 1:
            return x
        return x, tf.gather(tensors[1], samples), tf.gather(tensors[2], samples) * tf.cast(real, tf.float32)

    return _untuned(tf.data.Dataset.range(math.ceil(n / size)).map(load).prefetch(_AHEAD))


def network_input(rows: Rows, schema: Schema | None, inputs: Sequence[str] = ()) -> Any:
    """Return a few rows as the network takes them: one tensor, or a dict of tensors by input name."""
    rows = of_inputs(rows, inputs)
    everything = tf.range(count(rows), dtype=tf.int64)
    return _prepare(each(lambda held: _rows_of(_on_host(held), everything), rows), _read(schema, inputs))


def _prepare(x: Any, schema: Schema | None) -> Any:
    """Return a batch as the network takes it; without a schema, or one with nothing to do, numbers become float32 but
    int32 stays: those are codes."""
    if schema is not None and schema.kind in PREPARE:
        return PREPARE[schema.kind](x, schema)
    return each(lambda held: held if held.dtype == tf.int32 else tf.cast(held, tf.float32), x)


def _read(schema: Schema | None, inputs: Sequence[str]) -> Schema | None:
    """Return the schema of what a network with these inputs reads: of several, one alone as it is."""
    alone = isinstance(schema, ManySchema) and len(inputs) == 1
    return schema.parts[part_name(inputs[0])] if alone else schema


def _untuned(batches: tf.data.Dataset) -> tf.data.Dataset:
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.with_options(options)


def _shuffled(part: Part, size: int, seed: int, start_step: int) -> tf.data.Dataset:
    """Return endless sample numbers (size,), each sample at most once an epoch, from `start_step` on.

    Where x is on disk, elements are (numbers, rows of x): both are read in one go.
    """
    n, steps = len(part), steps_per_epoch(len(part), size)

    def epoch_order(epoch: tf.Tensor) -> tf.data.Dataset:
        if isinstance(part.x, DiskArray):
            return epoch_batches(part.x, size, seed, epoch)
        key = tf.stack([tf.constant(seed, tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(tf.range(n, dtype=tf.int64), key)
        return tf.data.Dataset.from_tensor_slices(tf.reshape(order[: steps * size], (steps, size)))

    return tf.data.Dataset.range(start_step // steps, _END).flat_map(epoch_order).skip(start_step % steps)


def _tensors(part: Part) -> tuple[Any, tf.Tensor, tf.Tensor]:
    """Return (x, y, weight) of a part as tensors, made once; x is a dict where the rows are, None on disk."""
    if part not in _TENSORS:
        weight = np.ones(len(part), np.float32) if part.weight is None else part.weight
        x = None if isinstance(part.x, DiskArray) else each(_on_host, part.x)
        _TENSORS[part] = x, _on_host(part.y), _on_host(weight)
    return _TENSORS[part]


@dataclass(frozen=True, eq=False)
class _Sparse:
    """The rows of a sparse matrix (n, d): what TensorFlow gathers rows from."""

    columns: tf.RaggedTensor  # (n, (entries)) int64
    values: tf.RaggedTensor  # (n, (entries)) float32
    width: int  # d

    def dense(self, samples: tf.Tensor) -> tf.Tensor:
        """Return the chosen rows, (b, d)."""
        columns, values = tf.gather(self.columns, samples), tf.gather(self.values, samples)
        places = tf.stack([columns.value_rowids(), columns.values], axis=1)
        filled = tf.scatter_nd(places, values.values, tf.stack([tf.size(samples, tf.int64), self.width]))
        return tf.ensure_shape(filled, (None, self.width))


def _rows_of(held: Any, samples: tf.Tensor) -> tf.Tensor:
    return held.dense(samples) if isinstance(held, _Sparse) else tf.gather(held, samples)


def _of_length(batch: tf.Tensor, size: int) -> tf.Tensor:
    return tf.ensure_shape(batch, (size, *batch.shape[1:]))


def _on_host(held: Any) -> Any:
    """Return an array, or a sparse matrix, in the host's memory, where tf.data reads it, also where there is a GPU."""
    with tf.device("CPU:0"):
        if not scipy.sparse.issparse(held):
            return tf.constant(held)
        rows = held.tocsr()
        rows.sum_duplicates()
        ends = tf.constant(rows.indptr.astype(np.int64))
        columns, values = rows.indices.astype(np.int64), rows.data.astype(np.float32)
        ragged = (tf.RaggedTensor.from_row_splits(tf.constant(part), ends) for part in (columns, values))
        return _Sparse(*ragged, rows.shape[1])
