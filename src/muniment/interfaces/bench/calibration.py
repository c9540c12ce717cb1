"""A calibrated score for a system that has none: a logistic regression over its own features of its own candidates.

Two steps, each trained on one half of the lines and applied to the other half, so that no line is scored by a model
that has seen it. The first step gives each candidate a probability and puts a line's candidates in that order; the
second looks at the best one, its lead on the second and how many there are, and says how probable it is.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.interfaces.bench.quality import PREDICTIONS, right_answers

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]

FEATURE = "f_"
"""Columns of candidates that start so are features."""

_PENALTY = 1.0
_STEPS = 30
_LARGEST_LOGIT = 25.0


def calibrated(truth: pa.Table, candidates: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return PREDICTIONS and the candidates in their new order (line_id, place, work_id, score).

    Columns of `candidates` whose names start with `f_` are features, as is the raw score. The halves are the lines of
    even and of odd number in the order of their ids.
    """
    candidates = candidates.sort_by([("line_id", "ascending"), ("place", "ascending")])
    line = np.asarray(candidates.column("line_id").to_numpy(), dtype=np.int64)
    right = right_answers(truth, candidates)
    group = np.unique(line, return_inverse=True)[1].astype(np.int64)
    fold = group % 2 == 0
    features = _features(candidates)
    logit = _crossed(features, right, fold)
    order = np.lexsort((np.arange(len(line)), -logit, line))
    first, lead, count = _leads(line[order], logit[order])
    best = order[first]
    summary = np.column_stack([features[best], logit[best], np.clip(lead, 0, 10), np.log1p(count)])
    final = _crossed(summary, right[best], fold[best])
    predictions = candidates.select(["line_id", "work_id"]).take(pa.array(best))
    ranked = candidates.select(["line_id", "work_id"]).take(pa.array(order))
    places = (np.arange(len(order)) - np.repeat(first, count) + 1).astype(np.int32)
    ranked = ranked.append_column("place", pa.array(places)).append_column("score", pa.array(logit[order]))
    return predictions.append_column("score", pa.array(_probability(final))).cast(PREDICTIONS), ranked


def fit_logistic(features: Floats, right: Bools) -> Floats:
    """Return the weights of a logistic regression with a small quadratic penalty, the constant first (Newton's method).

    `features` come without the constant.
    """
    design = np.column_stack([np.ones(len(features)), features])
    weights = np.zeros(design.shape[1])
    penalty = np.full(design.shape[1], _PENALTY)
    penalty[0] = 1e-6
    for _ in range(_STEPS):
        probability = _probability(design @ weights)
        slope = design.T @ (right - probability) - penalty * weights
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def _crossed(features: Floats, right: Bools, fold: Bools) -> Floats:
    """Return the log-odds of each row by the model of the other half."""
    features = _standardised(features)
    logit = np.zeros(len(features))
    for half in (fold, ~fold):
        if not half.any() or half.all():
            continue
        weights = fit_logistic(features[~half], right[~half])
        logit[half] = np.clip(weights[0] + features[half] @ weights[1:], -_LARGEST_LOGIT, _LARGEST_LOGIT)
    return logit


def _features(candidates: pa.Table) -> Floats:
    """Return the features, their squares and whether each is at its top: a bend that a straight line cannot take."""
    names = ["score", *(name for name in candidates.column_names if name.startswith(FEATURE))]
    plain = np.column_stack(
        [pc.fill_null(candidates.column(name).cast(pa.float64()), 0.0).to_numpy() for name in names]
    )
    at_top = plain >= plain.max(axis=0, initial=-np.inf)
    return np.column_stack([plain, plain**2, at_top.astype(np.float64)])


def _standardised(features: Floats) -> Floats:
    spread = features.std(axis=0)
    varied = spread > 1e-9
    return (features[:, varied] - features[:, varied].mean(axis=0)) / spread[varied]


def _leads(line: Ints, logit: Floats) -> tuple[Ints, Floats, Ints]:
    """Return where each line's candidates begin, the lead of the first on the second, and their number."""
    first = np.flatnonzero(np.append(True, line[1:] != line[:-1])) if len(line) else np.zeros(0, dtype=np.int64)
    count = np.diff(np.append(first, len(line)))
    second = np.minimum(first + 1, len(line) - 1)
    lead = np.where(count > 1, logit[first] - logit[second], 10.0)
    return first, lead, count


def _probability(logit: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logit, -500, 500))), dtype=np.float64)
