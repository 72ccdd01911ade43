"""The data room: what x and y may be, made into one checked dataset.

TensorFlow is imported by `autonas.data.pipelines`, which is imported by its own name, and where strings are hashed.
"""

from autonas.data.augment import Augment, for_long_runs, light_augmentation
from autonas.data.dataset import Dataset, image_dataset, make_dataset
from autonas.data.doors import IMAGES
from autonas.data.images import ImageSchema, check_images, image_schema, normalise
from autonas.data.schema import Reader, Schema
from autonas.data.schemas import SCHEMAS, schema_from_json
from autonas.data.splits import Part, split
from autonas.data.tables import TABLES, TableSchema, check_table
from autonas.data.targets import ClassTarget, RegressionTarget, Target, target_from_json
from autonas.data.text import TEXTS, TextSchema, check_texts, text_schema

__all__ = [
    "IMAGES",
    "SCHEMAS",
    "TABLES",
    "TEXTS",
    "Augment",
    "ClassTarget",
    "Dataset",
    "ImageSchema",
    "Part",
    "Reader",
    "RegressionTarget",
    "Schema",
    "TableSchema",
    "Target",
    "TextSchema",
    "check_images",
    "check_table",
    "check_texts",
    "for_long_runs",
    "image_dataset",
    "image_schema",
    "light_augmentation",
    "make_dataset",
    "normalise",
    "schema_from_json",
    "split",
    "target_from_json",
    "text_schema",
]
