"""Fitting a model to labelled lines: logistic regressions over the rows observed, and how well they keep their promise.

Two are fitted. The first says of every candidate whether it is the work meant, and orders the candidates. The second
says it of the best candidate alone, also by how far the next one is behind: its log-odds are the answer's probability.
What it promises is checked on lines that were held back from it, fold by fold.
"""

from typing import Any

import numpy as np

from muniment.use.matching.bulk.evidence import MARGIN_ROWS
from muniment.use.matching.bulk.matcher import Found
from muniment.use.matching.bulk.room import CODE, MARGIN, PLACES, TABLES
from muniment.use.matching.rules.scoring import (
    CODE_PRIOR_MILLI,
    OFFSETS,
    ROW_COUNT,
    SURE_PPM,
    Model,
    Promise,
    probability_ppm,
)

_ROUNDS = 30
_MOST_ROWS = 400_000
ASKED_PPM = (999_000, 995_000, 990_000, 980_000, 950_000, 900_000)
"""The precisions for which a threshold is looked for."""


def rank_weights(found: Found, right: Any, ridge: float = 1.0) -> tuple[int, ...]:
    """Return the weights that order candidates: `right` (lines, 5) says which are the work meant."""
    every = np.arange(PLACES)[None, :] < found.count[:, None]
    evidence, labels = found.evidence[every].astype(np.int64), right[every]
    evidence = evidence[:_MOST_ROWS].copy()
    evidence[:, MARGIN] = 0
    weights, _ = _fit(evidence, labels[:_MOST_ROWS], ridge)
    weights[OFFSETS[MARGIN] : OFFSETS[MARGIN] + MARGIN_ROWS] = 0
    return _milli(weights)


def decide_weights(evidence: Any, labels: Any, ridge: float = 1.0) -> tuple[tuple[int, ...], int]:
    """Return the weights of the best candidate's rows (lines, tables) and the starting point."""
    weights, start = _fit(evidence.astype(np.int64), labels, ridge)
    return _milli(weights), round(1000 * start)


def held_back(evidence: Any, labels: Any, line_ids: Any, folds: int = 5, ridge: float = 1.0) -> Any:
    """Return for each line the probability in ppm by a model that saw no line of the same `line_ids`."""
    out = np.zeros(len(labels), dtype=np.int64)
    fold_of = line_ids % folds
    for fold in range(folds):
        seen, unseen = fold_of != fold, fold_of == fold
        weights, start = decide_weights(evidence[seen], labels[seen], ridge)
        chosen = np.array(weights)
        milli = start + sum(chosen[OFFSETS[table] + evidence[unseen][:, table]] for table in range(TABLES))
        out[unseen] = [probability_ppm(int(value)) for value in milli]
    return out


def promises(score_ppm: Any, labels: Any, matchable: int) -> tuple[Promise, ...]:
    """Return, for each asked precision, the lowest threshold that kept it and what it found of `matchable` lines."""
    order = np.argsort(-score_ppm, kind="stable")
    scores, right = score_ppm[order], np.cumsum(labels[order])
    asserted = np.arange(1, len(order) + 1)
    last_of_tie = np.append(scores[1:] != scores[:-1], True)[: len(order)]
    kept = []
    for floor in ASKED_PPM:
        good = np.flatnonzero(last_of_tie & (right * SURE_PPM >= floor * asserted))
        if len(good):
            at = good[-1]
            precision, recall = right[at] * SURE_PPM // asserted[at], right[at] * SURE_PPM // max(matchable, 1)
            kept.append(Promise(floor, int(scores[at]), int(precision), int(recall)))
    return tuple(kept)


def train(
    found: Found,
    right: Any,
    line_ids: Any,
    reported: Any,
    matchable: int,
    name: str,
    trained_on: str,
    ridge: float = 1.0,
) -> Model:
    """Return a model for candidates that are ranked already.

    `right` (lines, 5) says which are the work meant. Lines with one number in `line_ids` are the same use, reported in
    several ways, and are held back together. `reported` says which lines somebody did report, and not we made: promises
    are made for these alone, and `matchable` says how many of them there is a work for in the repertoire.
    """
    some = found.count > 0
    best, labels = found.evidence[some, 0, :], right[some, 0]
    decide, start = decide_weights(best, labels, ridge)
    said = reported[some]
    kept = promises(held_back(best, labels, line_ids[some], ridge=ridge)[said], labels[said], matchable)
    return Model(name, rank_weights(found, right, ridge), decide, start, trained_on, kept)


def _milli(weights: Any) -> tuple[int, ...]:
    return tuple(int(value) for value in np.round(1000 * weights))


def _fit(evidence: Any, labels: Any, ridge: float) -> tuple[Any, float]:
    """Return (weights, start) of the ridge logistic regression of `labels` on rows observed, by Newton's method."""
    columns = evidence + np.array(OFFSETS)[None, :]
    design = np.zeros((len(columns), ROW_COUNT + 1), dtype=np.float32)
    design[np.arange(len(columns))[:, None], columns] = 1
    design[:, ROW_COUNT] = 1
    wanted = labels.astype(np.float64)
    penalty = np.full(ROW_COUNT + 1, ridge)
    penalty[ROW_COUNT] = 1e-6
    prior = np.zeros(ROW_COUNT + 1)
    prior[OFFSETS[CODE] : OFFSETS[CODE] + len(CODE_PRIOR_MILLI)] = np.array(CODE_PRIOR_MILLI) / 1000
    weights = prior.copy()
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (wanted - chance) - penalty * (weights - prior)
        spread = np.maximum(chance * (1 - chance), 1e-9).astype(np.float32)
        curve = design.T @ (design * spread[:, None]) + np.diag(penalty)
        step = np.linalg.solve(curve.astype(np.float64), slope)
        weights += step
        if np.abs(step).max() < 1e-4:
            break
    return weights[:ROW_COUNT], float(weights[ROW_COUNT])
