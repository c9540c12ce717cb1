"""The calibrated score of a system that has none of its own."""

import numpy as np
import pyarrow as pa
import pytest

from muniment.interfaces.bench.calibration import calibrated, fit_logistic
from muniment.interfaces.bench.quality import measure_quality
from muniment.interfaces.bench.sources import TRUTH


def test_the_weights_of_a_known_model_are_found() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(size=(40_000, 2))
    logit = -0.5 + 2.0 * features[:, 0] - 1.0 * features[:, 1]
    right = rng.random(len(logit)) < 1 / (1 + np.exp(-logit))
    assert fit_logistic(features, right) == pytest.approx([-0.5, 2.0, -1.0], abs=0.06)


def test_a_feature_that_tells_right_from_wrong_brings_the_right_candidate_first() -> None:
    rng = np.random.default_rng(5)
    rows, truth = [], []
    for line in range(400):
        truth.append({"line_id": line, "true_work_ids": [1] if line % 5 else []})
        # The raw score prefers work 2; only the feature knows that a high one means work 1.
        rows.append({"line_id": line, "place": 1, "work_id": 2, "score": 0.9, "f_pair": float(rng.random() * 0.5)})
        pair = float(rng.random() * 0.5 + (0.5 if line % 5 else 0))
        rows.append({"line_id": line, "place": 2, "work_id": 1, "score": 0.8, "f_pair": pair})
    table = pa.Table.from_pylist(truth, schema=TRUTH)
    predictions, ranked = calibrated(table, pa.Table.from_pylist(rows))
    quality = measure_quality(table, predictions)
    assert quality.recall > 0.99
    assert quality.recall_at(0.99) > 0.9
    assert len(predictions) == 400
    assert ranked.filter(pa.compute.equal(ranked.column("place"), 1)).num_rows == 400
