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


def _numbered(n: int) -> Part:
    """Images that are their own number, in x, y and weight."""
    number = np.arange(n)
    x = np.broadcast_to(number[:, None, None, None], (n, 3, 3, 1)).astype(np.float32)
    return Part(x, number.astype(np.int32), number.astype(np.float32))


@pytest.mark.parametrize(("n", "size"), [(40, 8), (43, 8), (5, 8), (1, 1)])
def test_an_epoch_holds_each_sample_at_most_once_with_its_target_and_weight(n: int, size: int) -> None:
    from autonas.data.batches import steps_per_epoch
    from autonas.data.pipelines import training_batches

    steps = steps_per_epoch(n, size)
    batches = list(training_batches(_numbered(n), size, seed=0).take(3 * steps).as_numpy_iterator())
    orders = []
    for epoch in range(3):
        x, y, weight = (np.concatenate(a) for a in zip(*batches[epoch * steps : (epoch + 1) * steps], strict=True))
        assert len(set(y.tolist())) == len(y) == steps * min(n, size)
        np.testing.assert_array_equal(x[:, 0, 0, 0], y)
        np.testing.assert_array_equal(weight, y)
        orders.append(y.tolist())
    if n > 8:
        assert orders[0] != orders[1] != orders[2] != orders[0]


def test_a_single_input_of_many_is_prepared_as_alone() -> None:
    from autonas.data.many import ManySchema
    from autonas.data.pipelines import evaluation_batches, network_input, training_batches

    part = _part(20)
    schema = image_schema(part.x, part.x)
    inside, many = Part({"photo": part.x}, part.y, part.weight), ManySchema({"photo": schema})
    for batches in (training_batches, evaluation_batches):
        seed = {"seed": 0} if batches is training_batches else {}
        alone, one = (
            next(batches(held, 8, normalise=of, inputs=names, **seed).as_numpy_iterator())
            for held, of, names in ((part, schema, ()), (inside, many, ("photo",)))
        )
        np.testing.assert_array_equal(alone[0], one[0])
    np.testing.assert_array_equal(network_input(inside.x, many, ("photo",)), network_input(part.x, schema))


def test_classes_come_as_shares_and_only_cutmix_shares_them_out() -> None:
    from autonas.data.pipelines import training_batches

    part = _part(48)
    plain, mixed = (
        next(training_batches(part, 48, seed=0, classes=4, augment=Augment(cutmix=share)).as_numpy_iterator())
        for share in (0.0, 1.0)
    )
    codes = next(training_batches(part, 48, seed=0).as_numpy_iterator())[1]
    np.testing.assert_array_equal(plain[1], np.eye(4, dtype=np.float32)[codes])
    assert ((mixed[1] > 0).sum(axis=1) == 2).any()
    np.testing.assert_allclose(mixed[1].sum(axis=1), 1, atol=1e-5)


def test_the_seed_decides() -> None:
    from autonas.data.pipelines import training_batches

    first = [next(training_batches(_numbered(40), 8, seed=s).as_numpy_iterator())[1].tolist() for s in (0, 0, 1)]
    assert first[0] == first[1] != first[2]


@pytest.mark.parametrize("start", [1, 3, 4, 8])
def test_batches_resume_at_a_step_to_the_last_bit(start: int) -> None:
    from autonas.data.pipelines import training_batches

    part = _part()  # 3 batches an epoch
    settings = {"seed": 5, "augment": Augment(True, 1, 0.5), "normalise": image_schema(part.x, part.x), "classes": 4}
    whole = list(training_batches(part, 16, **settings).take(10).as_numpy_iterator())
    rest = list(training_batches(part, 16, **settings, start_step=start).take(10 - start).as_numpy_iterator())
    for a, b in zip(whole[start:], rest, strict=True):
        for one, two in zip(a, b, strict=True):
            np.testing.assert_array_equal(one, two)
    assert any((batch[1].max(axis=1) < 1).any() for batch in whole)  # cutmix is among what agrees


@pytest.mark.parametrize(("n", "size"), [(50, 16), (48, 16), (3, 16)])
def test_evaluation_covers_each_sample_once_and_pads_with_weight_0(n: int, size: int) -> None:
    from autonas.data.pipelines import evaluation_batches

    part = _numbered(n)
    batches = list(evaluation_batches(part, size).as_numpy_iterator())
    x, y, weight = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
    np.testing.assert_array_equal(y[:n], np.arange(n))
    np.testing.assert_array_equal(x[:n], part.x)
    np.testing.assert_array_equal(weight[:n], np.arange(n))
    assert not weight[n:].any()
    assert len({len(batch[0]) for batch in batches}) == 1


def test_samples_without_weights_weigh_1() -> None:
    from autonas.data.pipelines import evaluation_batches, training_batches

    part = Part(_part(8).x, _part(8).y)
    for batches in (training_batches(part, 8, seed=0).take(1), evaluation_batches(part, 8)):
        assert next(batches.as_numpy_iterator())[2].tolist() == [1.0] * 8


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
    batches = training_batches(part, 17, seed=0, augment=Augment(True, 1))
    assert [spec.shape.as_list() for spec in batches.element_spec] == [[17, 6, 5, 3], [17], [17]]
    for batch in batches.take(5):
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


def test_nothing_is_autotuned() -> None:
    from autonas.data.pipelines import evaluation_batches, training_batches

    part = _part()
    for batches in (training_batches(part, 8, seed=0), evaluation_batches(part, 8), evaluation_batches(part.x, 8)):
        assert batches.options().autotune.enabled is False


def test_no_python_runs_inside_a_pipeline() -> None:
    """A deleted iterator whose prefetch thread needs the interpreter's lock hangs the process: no such operation."""
    import tensorflow as tf

    from autonas.data.pipelines import evaluation_batches, training_batches

    part = _part()
    for batches in (training_batches(part, 16, seed=0, augment=Augment(True, 1)), evaluation_batches(part, 16)):
        for wrapped in (batches, *_inputs(batches)):
            function = getattr(wrapped, "_map_func", None)
            graph = function.function.graph.as_graph_def() if function is not None else tf.compat.v1.GraphDef()
            assert not [node.name for node in graph.node if "PyFunc" in node.op]


def _inputs(dataset: object) -> list:
    below = dataset._inputs()
    return [*below, *(deeper for one in below for deeper in _inputs(one))]


def test_images_are_let_go_with_their_part() -> None:
    from autonas.data.pipelines import _TENSORS, evaluation_batches, training_batches

    gc.collect()  # what other tests have left behind
    part = _part(50)
    iterator = iter(training_batches(part, 16, seed=0))
    next(iterator)
    list(evaluation_batches(part, 16))
    before = len(_TENSORS)
    gone = weakref.ref(part)
    del part, iterator
    gc.collect()
    assert gone() is None
    assert len(_TENSORS) == before - 1
