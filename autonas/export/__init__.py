"""What leaves the house: one self-contained Keras model, and the files that hold it."""

from autonas.export.assemble import assemble
from autonas.export.exporting import FORMATS, export
from autonas.export.format import Format
from autonas.export.labels import class_labels

__all__ = ["FORMATS", "Format", "assemble", "class_labels", "export"]
