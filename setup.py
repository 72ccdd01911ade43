"""What pip installs: the package, what it needs, and the extras for those who test, develop or benchmark it."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'^__version__ = "(.+)"$', (HERE / "autonas" / "__init__.py").read_text("utf-8"), re.MULTILINE)[1]

setup(
    name="autonas",
    version=VERSION,
    description="Neural architecture search behind a scikit-learn face, on Keras and KerasTuner",
    long_description=(HERE / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=find_packages(include=["autonas", "autonas.*"]),
    package_data={"autonas": ["py.typed"], "autonas.report.page": ["page.*"], "autonas.datasets": ["*.txt.gz"]},
    python_requires=">=3.11,<3.14",
    # Each lower bound is installed and tested by .ci/run; it stands again in .ci/constraints-oldest.txt.
    install_requires=[
        "tensorflow>=2.18",
        "tensorboard>=2.18",  # KerasTuner imports it in every trial; TensorFlow 2.21 no longer brings it
        "keras>=3.8",
        "keras-tuner>=1.4.7,<1.5",
        "grpcio>=1.60",  # what KerasTuner's chief and workers speak; it and TensorFlow bring it
        "numpy>=1.26.4",
        "scipy>=1.13.1",
        "scikit-learn>=1.6",
        "rich>=13.7",
        "cloudpickle>=3.0",  # a user's loss, metrics and callbacks go to a trial's process
    ],
    entry_points={"console_scripts": ["autonas = autonas.cli:main"]},
    extras_require={
        "images": ["pillow>=10.1"],  # to read picture files
        "tables": ["pandas>=2.2.2"],  # to read CSV files
        "onnx": ["tf2onnx>=1.16.1", "onnx>=1.16", "onnxruntime>=1.18"],
        "litert": ["ai-edge-litert>=1.1"],
        "test": ["pytest>=8.2", "hypothesis>=6.100", "pillow>=10.1", "pandas>=2.2.2"],
        "docs": ["mkdocs-material>=9.5", "mkdocstrings[python]>=0.26", "ruff>=0.15"],
        "ray": ["ray>=2.60"],  # to run trials on a Ray cluster
        "mlflow": ["mlflow-skinny>=2.20"],  # to log searches to MLflow
        "browser": ["selenium>=4.20"],  # to test the report in Chromium, with its driver
        "dev": ["ruff>=0.15", "mypy>=1.18", "scipy-stubs"],
        "benchmarks": ["matplotlib>=3.8", "pillow>=10.1"],
    },
)
