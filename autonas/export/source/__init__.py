"""A Keras model as Python that a person would write: `module_source` gives the text, `python_source` the format."""

from autonas.export.source.module import Source, module_source

__all__ = ["Source", "module_source"]
