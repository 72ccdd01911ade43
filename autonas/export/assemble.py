"""One self-contained model of three parts: preprocessing, the searched network, the way back to the user's units.

    raw x -> preprocessing -> the network's layers -> softmax, "probabilities"      for classes
                                                   -> sigmoid, "probabilities"      for several labels
                                                   -> scale and offset, "values"    for numbers

The result is a flat functional model of plain Keras layers: its summary shows the searched network layer by layer, and
it loads where autonas is not installed. What preprocessing is, `preprocessing.py` says by kind of data.
"""

from collections.abc import Set

import keras

from autonas.data.schema import Schema
from autonas.data.targets import HeadsTarget, MultiLabelTarget, RegressionTarget, Target
from autonas.errors import ExportError, message
from autonas.export.copying import copied
from autonas.export.labels import PROBABILITIES, plain_labels, probabilities_layer
from autonas.export.many import part_of
from autonas.export.preprocessing import Inputs, preprocessing

VALUES = "values"  # the output layer of a regressor


def assemble(network: keras.Model, schema: Schema, target: Target) -> keras.Model:
    """Return a model from raw x, as `Schema.feed` gives it, to probabilities (n, k), or to values (n, k) in the units
    of y; of several heads, to a dict of these by the heads' names.

    `network` takes what `Schema.encode` makes of x and gives logits or standardised values (n, k). The model owns
    copies of the network's layers and weights: training one leaves the other alone, and a network built under a
    tf.distribute strategy comes out of it as an ordinary one.
    """
    _check_outputs(network, target)
    raw, x = preprocessing(schema)
    given = _copy_onto(network, x, set(raw) if isinstance(raw, dict) else set())
    if isinstance(target, HeadsTarget):
        heads = {
            name: _output_layer(head, f"{name}.")(part_of(given, target, name)) for name, head in target.heads.items()
        }
        return keras.Model(raw, heads, name="heads")
    outputs = _output_layer(target)(given)
    return keras.Model(raw, outputs, name=f"{schema.kind}_{'classifier' if _is_classes(target) else 'regressor'}")


def _is_classes(target: Target) -> bool:
    return not isinstance(target, RegressionTarget | HeadsTarget)


def _output_layer(target: Target, prefix: str = "") -> keras.layers.Layer:
    """Return the layer from what the network gives to what the user asked for."""
    if _is_classes(target):
        activation = "sigmoid" if isinstance(target, MultiLabelTarget) else "softmax"
        return probabilities_layer(plain_labels(target.classes_), activation, prefix + PROBABILITIES)
    return keras.layers.Rescaling(list(target.scale), list(target.mean), dtype="float32", name=prefix + VALUES)


def _copy_onto(network: keras.Model, x: Inputs, taken: Set[str]) -> keras.KerasTensor:
    """Apply copies of the network's layers, weights included, to x; return what its last layer gives.

    Inputs are called as the user's columns are, ``taken``: a layer of that name gets another."""
    return copied(network, x, taken=taken)[id(network.outputs[0])]


def _check_outputs(network: keras.Model, target: Target) -> None:
    """Raise ExportError where the network has another number of outputs than the target has."""
    wanted = target.n_classes if _is_classes(target) else target.n_outputs
    if network.output_shape != (None, wanted):
        remedy = "Assemble a network with the target it was trained on"
        raise ExportError(message("the network's output", f"of shape {(None, wanted)}", network.output_shape, remedy))
