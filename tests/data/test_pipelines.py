"""The tf.data pipelines: one trace, one normalisation everywhere, what Keras makes of them, and nothing kept behind."""

import gc
import weakref

import numpy as np
import pytest

from autonas.data.augment import Augment
from autonas.data.images import image_schema, normalise
from autonas.data.splits import Part

pytestmark = pytest.mark.tf


def _part(n: int = 50, c: int = 3, dtype: str = "uint8") -> Part:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (n, 6, 5, c)).astype(dtype)
    return Part(x, rng.integers(0, 4, n).astype(np.int32), rng.random(n, dtype=np.float32))


def test_batches_resume_at_a_step_to_the_last_bit() -> None:
    from autonas.data.pipelines import training_batches

    part = _part()
    settings = {"seed": 5, "augment": Augment(True, 1, 2), "normalise": image_schema(part.x, part.x)}
    whole = list(training_batches(part, 16, **settings).take(7))
    rest = list(training_batches(part, 16, **settings, start_step=4).take(3))
    for a, b in zip(whole[4:], rest, strict=True):
        for one, two in zip(a, b, strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("c", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_pipeline_array_and_exported_layer_normalise_alike(c: int, dtype: str) -> None:
    import keras

    from autonas.data.pipelines import evaluation_batches

    part = _part(c=c, dtype=dtype)
    schema = image_schema(part.x, part.x)
    piped = np.concatenate(list(evaluation_batches(part.x, 16, normalise=schema).as_numpy_iterator()))[: len(part)]
    layer = keras.layers.Rescaling(schema.scale, schema.offset)
    np.testing.assert_allclose(piped, normalise(part.x, schema), atol=1e-6)  # one rounding of values below 3
    np.testing.assert_allclose(piped, layer(part.x), atol=1e-6)


def test_without_a_schema_pixels_are_only_cast() -> None:
    from autonas.data.pipelines import evaluation_batches

    part = _part(8)
    (batch,) = evaluation_batches(part.x, 8).as_numpy_iterator()
    assert batch.dtype == np.float32
    np.testing.assert_array_equal(batch, part.x)


def test_shapes_are_constant_so_a_step_is_traced_once() -> None:
    import tensorflow as tf

    from autonas.data.pipelines import evaluation_batches, training_batches

    traces = []

    @tf.function
    def step(x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
        traces.append(x.shape)
        return tf.reduce_sum(x) + tf.reduce_sum(weight) + tf.cast(tf.reduce_sum(y), tf.float32)

    part = _part(50)
    for batch in training_batches(part, 17, seed=0).take(5):
        step(*batch)
    for batch in evaluation_batches(part, 20):  # 3 batches of 17, one row of padding
        step(*batch)
    assert traces == [(17, 6, 5, 3)]


def test_keras_fits_evaluates_and_predicts_with_them() -> None:
    import keras

    from autonas.data.pipelines import evaluation_batches, training_batches

    part = _part(50)
    schema = image_schema(part.x, part.x)
    model = keras.Sequential([keras.Input((6, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(4, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    train = training_batches(part, 16, seed=0, normalise=schema)
    model.fit(train, steps_per_epoch=3, epochs=2, shuffle=False, verbose=0)
    proba = model.predict(evaluation_batches(part.x, 16, normalise=schema), verbose=0)[:50]
    np.testing.assert_allclose(proba, model.predict(normalise(part.x, schema), verbose=0), atol=1e-5)
    scores = model.evaluate(evaluation_batches(part, 16, normalise=schema), return_dict=True, verbose=0)
    right = proba.argmax(axis=1) == part.y
    assert scores["accuracy"] == pytest.approx(np.average(right, weights=part.weight), abs=1e-5)


def test_images_are_let_go_with_the_pipeline_and_not_before() -> None:
    from autonas.data.pipelines import evaluation_batches, training_batches

    part = _part(50)
    iterator = iter(training_batches(part, 16, seed=0).map(lambda x, y, weight: x).take(20))
    list(evaluation_batches(part, 16))
    gone = weakref.ref(part)
    del part
    gc.collect()
    assert len(list(iterator)) == 20  # the iterator alone keeps the images
    del iterator
    gc.collect()
    assert gone() is None


def test_no_tuning_thread_holds_up_the_end_of_an_iterator() -> None:
    from autonas.data.pipelines import evaluation_batches, training_batches

    # Looked up, not timed: the wait is as long as a thread happens to sleep, and comes only now and then.
    for batches in (training_batches(_part(), 16, seed=0), evaluation_batches(_part(), 16)):
        assert batches.options().autotune.enabled is False
