"""A table of everything, searched inside a scikit-learn pipeline. Two minutes on two CPU cores.

    pip install ".[tables]"                    # in a checkout; it adds pandas
    python tutorials/04_tables_in_a_pipeline.py

It leaves a Keras model in `output/tables.keras` beside this file; running it again replaces that.
"""

import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.compose import make_column_transformer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import autonas

LEAST_ACCURACY = 0.85
OUTPUT = Path(__file__).parent / "output"
OUTPUT.mkdir(exist_ok=True)

# 1. Data: members of a club, made up. Some values are missing, as they are in life.
rng = np.random.default_rng(0)
n = 2000
age, visits = rng.integers(18, 80, n).astype(float), rng.poisson(6, n).astype(float)
income = np.exp(rng.normal(10, 0.8, n))  # a heavy tail: some are a hundred times as rich as others
town = rng.choice(np.array(["Bergen", "Oslo", "Tromsø"], dtype=object), n)
joined = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1500, n), unit="D")
stays = (
    0.5 * (visits - 6) + 1.5 * (town == "Oslo") + (np.log(income) - 10) * (age > 40) + 0.3 * rng.normal(size=n) > 0.5
)
table = pd.DataFrame({"age": age, "visits": visits, "income": income, "town": town, "joined": joined})
table.loc[rng.random(n) < 0.05, "income"] = np.nan
table.loc[rng.random(n) < 0.05, "town"] = None
labels = np.where(stays, "stays", "leaves")
x_train, x_test, y_train, y_test = train_test_split(table, labels, test_size=0.25, stratify=labels, random_state=0)

# 2. Nothing has to be prepared: numbers are centred and scaled, and those far out drawn in; texts and dates are
# encoded, what is missing is marked. All of it is measured on the training part, and is part of the network.
#
# The search begins with a linear network, a perceptron and a residual one, edits what does well, and in the end blends
# the best. `oracle`, `max_trials` and the rest are those of `ImageClassifier`.
clf = autonas.StructuredDataClassifier(time_limit=60, seed=0)
clf.fit(x_train, y_train)
accuracy = clf.score(x_test, y_test)
print(f"\n{clf.leaderboard()}\n\nTest accuracy: {accuracy:.4f}")

# 3. What you know about the data and a network would have to find out can go before it, as scikit-learn has it. The
# estimators for tables are scikit-learn's in every way: `cross_val_score`, `GridSearchCV`, `clone` and joblib work.
ratio = FunctionTransformer(lambda x: x.assign(per_year=x["visits"] / x["age"])[["per_year"]], feature_names_out=None)
transformer = make_column_transformer(
    (ratio, ["visits", "age"]),
    remainder="passthrough",
    verbose_feature_names_out=False,
).set_output(transform="pandas")
pipeline = make_pipeline(transformer, autonas.StructuredDataClassifier(time_limit=25, seed=0, verbose=0))
pipeline.fit(x_train, y_train)
print(f"Test accuracy of the pipeline: {pipeline.score(x_test, y_test):.4f}")

# 4. Out of here: raw columns go into the exported model, by their names, as arrays (n, 1). Numbers may be NaN, texts
# "", dates are days since 1970. It needs Keras and TensorFlow, and nothing of autonas.
path = clf.export(OUTPUT / "tables.keras", overwrite=True)
model = keras.models.load_model(path)
columns = {name: tf.constant(x_test[[name]].to_numpy("float32")) for name in ("age", "visits", "income")}
columns["town"] = tf.constant(x_test[["town"]].fillna("").to_numpy(object))
days = x_test[["joined"]].to_numpy("datetime64[D]") - np.datetime64("1970-01-01")
columns["joined"] = tf.constant(days.astype("float32"))
names = model.get_layer("probabilities").bias_initializer.value
predicted = np.array(names)[model.predict(columns, verbose=0).argmax(axis=1)]
print(f"The exported model says {predicted[:5]}, where it was {y_test[:5]}")

if accuracy < LEAST_ACCURACY:
    sys.exit(f"The test accuracy must be at least {LEAST_ACCURACY}. Received: {accuracy:.4f}.")
if (predicted == clf.predict(x_test)).mean() < 0.999:
    sys.exit("The exported model must predict what the classifier predicts.")
