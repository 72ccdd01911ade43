"""The signature of a SavedModel that takes pictures as the bytes of JPEG, PNG, BMP or GIF files.

Pictures of another size are resized as those given to fit are (`autonas.data.doors.pictures`): bilinear, each pixel
weighing all that it covers, rounded to whole values.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from autonas.data.rows import Rows
from autonas.export.preprocessing import IMAGES

SERVE_BYTES = "serve_bytes"
IMAGE_BYTES = "image_bytes"  # its argument, strings (n,)


def takes_pictures(model: keras.Model, sample: Rows) -> bool:
    """Say whether a model's images are what picture files hold: whole values 0..255 of grey, RGB or RGBA."""
    alone = not isinstance(model.input, dict) and model.input.name == IMAGES
    return alone and sample.dtype == np.uint8 and _channels(model) in (1, 3, 4)


def serve_bytes(model: keras.Model, answer: Callable[[Any], Any]) -> Callable[[tf.Tensor], Any]:
    """Return the function from bytes (n,) to what ``answer`` gives for images in the model's own form."""
    height, width = model.input_shape[1:3]
    channels, has_axis = _channels(model), len(model.input_shape) == 4

    def decoded(content: tf.Tensor) -> tf.Tensor:
        pixels = tf.io.decode_image(content, channels=channels, expand_animations=False)
        pixels.set_shape((None, None, channels))
        resized = tf.round(tf.image.resize(pixels, (height, width), antialias=True))
        return resized if has_axis else resized[..., 0]

    def serve(image_bytes: tf.Tensor) -> Any:
        form = tf.TensorSpec(model.input_shape[1:], "float32")
        return answer(tf.map_fn(decoded, image_bytes, fn_output_signature=form))

    return serve


def as_png(images: NDArray[np.uint8]) -> tf.Tensor:
    """Return images (n, h, w) or (n, h, w, c) as the bytes of PNG files, (n,)."""
    pixels = images if images.ndim == 4 else images[..., np.newaxis]
    return tf.stack([tf.io.encode_png(each) for each in pixels])


def _channels(model: keras.Model) -> int:
    return model.input_shape[3] if len(model.input_shape) == 4 else 1
