"""What stands before the network in an exported model of tables: `autonas.data.tables`, in plain Keras layers.

Its inputs are one array (n, d) where fit was given an array of numbers, else one of (n, 1) for every column: numbers,
NaN where one is missing; strings, "" where one is missing; and dates as days since 1970-01-01 UTC.
"""

import math

import keras
from keras import ops

from autonas.data.columns import Column
from autonas.data.tables import BOUND, LARGEST, TableSchema

Tensor = keras.KerasTensor

TABLE = "table"  # the input where there is one


def table_preprocessing(schema: TableSchema) -> tuple[Tensor | dict[str, Tensor], Tensor]:
    """Return the inputs of the exported model, and what the network takes of them, (n, features)."""
    if schema.form == "array":
        table = keras.Input((len(schema.columns),), dtype="float32", name=TABLE)
        return table, _joined(_numbers(table, schema), "features")
    names = schema.input_names
    inputs = {
        names[each.name]: keras.Input(
            (1,), dtype="string" if each.content == "category" else "float32", name=names[each.name]
        )
        for each in schema.columns
    }
    parts = []
    if schema.numbers:
        parts += _numbers(_joined([inputs[names[each.name]] for each in schema.numbers], "numbers"), schema)
    for each in schema.dates:
        parts += _cycles(inputs[names[each.name]], each)
    for place, each in enumerate(schema.categories):
        parts += _places(inputs[names[each.name]], each, place)
    return inputs, _joined(parts, "features")


def _joined(parts: list[Tensor], name: str) -> Tensor:
    return keras.layers.Concatenate(dtype="float32", name=name)(parts) if len(parts) > 1 else parts[0]


def _numbers(x: Tensor, schema: TableSchema) -> list[Tensor]:
    """Return s(z) of numbers (n, m), what is missing, and e(x)."""
    # Centring comes first and by itself: x * scale - centre * scale would lose what is small beside the centre.
    centres = [-each.centre for each in schema.numbers]
    centred = keras.layers.Rescaling([1.0] * len(centres), centres, dtype="float32", name="centre")(x)
    z = keras.layers.Rescaling([each.scale for each in schema.numbers], dtype="float32", name="scale")(centred)
    z = ops.nan_to_num(ops.clip(z, -LARGEST, LARGEST))
    squashed = z / ops.sqrt(1.0 + ops.square(z / BOUND))
    missing = [ops.take(ops.cast(ops.isnan(x), "float32"), schema.gaps, axis=1)] if schema.gaps else []
    return [squashed, *missing, *_steps(x, schema)]


def _steps(x: Tensor, schema: TableSchema) -> list[Tensor]:
    """Return e of numbers (n, m), where they are cut into steps."""
    places, lows, rates = schema.steps
    if not places:
        return []
    above = ops.take(x, places, axis=1)
    above = keras.layers.Rescaling([1.0] * len(places), (-lows).tolist(), dtype="float32", name="above_edges")(above)
    shares = keras.layers.Rescaling(rates.tolist(), dtype="float32", name="steps")(above)
    return [ops.nan_to_num(ops.clip(shares, 0.0, 1.0))]


def _cycles(days: Tensor, column: Column) -> list[Tensor]:
    """Return sine and cosine of days for every period; 0 where the date is missing."""
    centred = days - column.centre
    angles = [centred * (2 * math.pi / period) for period in column.periods]
    return [ops.nan_to_num(wave(angle)) for angle in angles for wave in (ops.sin, ops.cos)]


def _places(texts: Tensor, column: Column, place: int) -> list[Tensor]:
    """Return 1 at the place of a category, and at its bucket."""
    look_up = keras.layers.StringLookup(
        vocabulary=list(column.vocabulary), num_oov_indices=1, output_mode="one_hot", name=f"category_{place}"
    )
    parts = [ops.cast(look_up(texts), "float32")[:, 1:]]  # the first place is that of what fit never saw
    if column.buckets:
        hashed = keras.layers.Hashing(column.buckets, output_mode="one_hot", name=f"hash_{place}")
        parts.append(ops.cast(hashed(texts), "float32"))
    return parts
