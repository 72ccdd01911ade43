"""The data room: what x and y may be, made into one checked dataset.

Nothing here imports TensorFlow except `autonas.data.pipelines`, which is imported by its own name.
"""

from autonas.data.augment import Augment, for_long_runs, light_augmentation
from autonas.data.dataset import Dataset, image_dataset
from autonas.data.images import ImageSchema, check_images, image_schema, normalise
from autonas.data.splits import Part, split
from autonas.data.targets import ClassTarget, RegressionTarget, Target, target_from_json

__all__ = [
    "Augment",
    "ClassTarget",
    "Dataset",
    "ImageSchema",
    "Part",
    "RegressionTarget",
    "Target",
    "check_images",
    "for_long_runs",
    "image_dataset",
    "image_schema",
    "light_augmentation",
    "normalise",
    "split",
    "target_from_json",
]
