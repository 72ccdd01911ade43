"""One self-contained model of three parts: preprocessing, the searched network, the way back to the user's units.

    raw x -> (reshape) -> normalise -> the network's layers -> softmax, "probabilities"      for classes
                                                            -> scale and offset, "values"    for numbers

The result is a flat functional model of plain Keras layers: its summary shows the searched network layer by layer, and
it loads where autonas is not installed. It takes uint8 and float images alike: its input is float32, to which Keras
turns both, a batch at a time.
"""

import keras

from autonas.data.class_target import ClassTarget
from autonas.data.images import ImageSchema
from autonas.data.regression_target import RegressionTarget
from autonas.errors import ExportError, message
from autonas.export.labels import plain_labels, probabilities_layer

IMAGES = "images"  # the input
VALUES = "values"  # the output layer of a regressor


def assemble(network: keras.Model, schema: ImageSchema, target: ClassTarget | RegressionTarget) -> keras.Model:
    """Return a model from raw images to probabilities (n, k), or to values (n, k) in the units of y.

    `network` takes normalised images (n, h, w, c) and gives logits or standardised values (n, k). The raw images are
    those of fit: (n, h, w) or (n, h, w, c). The model owns copies of the network's layers and weights: training one
    leaves the other alone, and a network built under a tf.distribute strategy comes out of it as an ordinary one.
    """
    _check_outputs(network, target)
    images = keras.Input(schema.shape[: schema.rank - 1], dtype="float32", name=IMAGES)
    x = images
    if schema.rank == 3:
        x = keras.layers.Reshape(schema.shape, dtype="float32", name="add_channel")(x)
    x = keras.layers.Rescaling(list(schema.scale), list(schema.offset), dtype="float32", name="normalise")(x)
    outputs = _output_layer(target)(_copy_onto(network, x))
    return keras.Model(images, outputs, name=f"image_{'classifier' if _is_classes(target) else 'regressor'}")


def _is_classes(target: ClassTarget | RegressionTarget) -> bool:
    return isinstance(target, ClassTarget)


def _output_layer(target: ClassTarget | RegressionTarget) -> keras.layers.Layer:
    """Return the layer from what the network gives to what the user asked for."""
    if _is_classes(target):
        return probabilities_layer(plain_labels(target.classes_))
    return keras.layers.Rescaling(list(target.scale), list(target.mean), dtype="float32", name=VALUES)


def _copy_onto(network: keras.Model, x: keras.KerasTensor) -> keras.KerasTensor:
    """Apply copies of the network's layers, weights included, to x; return what its last layer gives."""
    tensors = {id(network.inputs[0]): x}
    for operation in network.operations:  # in the order they are called; layers, and casts under mixed precision
        if isinstance(operation, keras.layers.InputLayer):
            continue
        copy = operation.__class__.from_config(operation.get_config())
        inputs = keras.tree.map_structure(lambda tensor: tensors[id(tensor)], operation.input)
        tensors[id(operation.output)] = copy(inputs)
        if isinstance(operation, keras.layers.Layer):
            copy.set_weights(operation.get_weights())
    return tensors[id(network.outputs[0])]


def _check_outputs(network: keras.Model, target: ClassTarget | RegressionTarget) -> None:
    """Raise ExportError where the network has another number of outputs than the target has."""
    wanted = target.n_classes if _is_classes(target) else target.n_outputs
    if network.output_shape != (None, wanted):
        remedy = "Assemble a network with the target it was trained on"
        raise ExportError(message("the network's output", f"of shape {(None, wanted)}", network.output_shape, remedy))
