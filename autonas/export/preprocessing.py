"""What stands before the network in an exported model, by kind of schema: plain Keras layers, raw x in."""

from collections.abc import Callable
from typing import Any

import keras

from autonas.data import ImageSchema, Schema
from autonas.export.many import many_preprocessing
from autonas.export.tables import table_preprocessing
from autonas.export.texts import text_preprocessing

Inputs = Any  # a Keras tensor, or a dict of them by input name

IMAGES = "images"  # the input


def image_preprocessing(schema: ImageSchema) -> tuple[Inputs, Inputs]:
    """Return raw images, (n, h, w) or (n, h, w, c), and what the network takes of them: (n, h, w, c), normalised.

    uint8 and float images are taken alike: the input is float32, to which Keras turns both, a batch at a time.
    """
    images = keras.Input(schema.shape[: schema.rank - 1], dtype="float32", name=IMAGES)
    x = images
    if schema.rank == 3:
        x = keras.layers.Reshape(schema.shape, dtype="float32", name="add_channel")(x)
    return images, keras.layers.Rescaling(list(schema.scale), list(schema.offset), dtype="float32", name="normalise")(x)


PREPROCESSING: dict[str, Callable[[Any], tuple[Inputs, Inputs]]] = {
    "image": image_preprocessing,
    "many": lambda schema: many_preprocessing(schema, PREPROCESSING),
    "table": table_preprocessing,
    "text": text_preprocessing,
}
"""``schema -> (inputs of the exported model, inputs of the network)`` by the schema's kind. One of your own is one more
entry."""


def preprocessing(schema: Schema) -> tuple[Inputs, Inputs]:
    """Return the inputs of the exported model, and what its network takes of them."""
    raw, x = PREPROCESSING[schema.kind](schema)
    for operation in keras.Model(raw, x).operations:
        # Keras counts the sums of a process, and its "add_8" would meet the network's.
        if not isinstance(operation, keras.layers.Layer):
            operation.name = f"prepared.{operation.name}"
    return raw, x
