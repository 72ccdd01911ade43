"""autonas: neural architecture search for people who only want to call `fit`.

The public names arrive when they are first used (PEP 562), so that `import autonas` takes milliseconds and whoever
searches without Keras (`autonas.search`) never loads TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autonas import datasets, errors, search
    from autonas.estimators.auto_model import AutoModel
    from autonas.estimators.image import ImageClassifier, ImageRegressor
    from autonas.estimators.language import LanguageModel
    from autonas.estimators.loading import load
    from autonas.estimators.structured import StructuredDataClassifier, StructuredDataRegressor
    from autonas.estimators.text import TextClassifier, TextRegressor
    from autonas.tuner.ray_cluster import RayCluster

__version__ = "0.1.0"

__all__ = [
    "AutoModel",
    "ImageClassifier",
    "ImageRegressor",
    "LanguageModel",
    "RayCluster",
    "StructuredDataClassifier",
    "StructuredDataRegressor",
    "TextClassifier",
    "TextRegressor",
    "__version__",
    "datasets",
    "errors",
    "load",
    "search",
]

_MODULE_OF = {
    "AutoModel": "autonas.estimators.auto_model",
    "ImageClassifier": "autonas.estimators.image",
    "ImageRegressor": "autonas.estimators.image",
    "LanguageModel": "autonas.estimators.language",
    "RayCluster": "autonas.tuner.ray_cluster",
    "StructuredDataClassifier": "autonas.estimators.structured",
    "StructuredDataRegressor": "autonas.estimators.structured",
    "TextClassifier": "autonas.estimators.text",
    "TextRegressor": "autonas.estimators.text",
    "load": "autonas.estimators.loading",
}
_SUBMODULES = ("datasets", "errors", "search")


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name in _SUBMODULES:
        return import_module(f"autonas.{name}")  # the import system itself keeps it as an attribute
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'autonas' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)
    return value


def __dir__() -> list[str]:
    """Return the module's names, those not yet imported included."""
    return sorted(set(globals()) | set(__all__))
