"""Invented pools: lines of works of which few are used often, and the shares of these works.

Half of the lines follow Zipf's law over the works, half are spread evenly. A work has one to five holders; one work in
ten is claimed in part only, and the rest of it belongs to holder 0, who stands for money that is held.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from muniment.kernel.words.problems import Progress, silent
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.bulk.arrays import Int64s
from muniment.pay.distributions.bulk.streams import POOL_LINES, POOLS, WORK_SHARES

PIECE = 1_000_000
"""Lines made and written at once."""

MOST_HOLDERS_OF_A_WORK = 5
_WEIGHTS = np.array([25, 50, 100, 100, 150, 300], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Load:
    """What to invent; the same load and seed make the same files."""

    lines: int
    pools: int = 40
    works: int = 2_000_000
    holders: int = 300_000
    seed: int = 1


def lines_path(folder: Path) -> Path:
    """Return the file of POOL_LINES in a folder."""
    return folder / "lines.parquet"


def pools_path(folder: Path) -> Path:
    """Return the file of POOLS."""
    return folder / "pools.parquet"


def shares_path(folder: Path) -> Path:
    """Return the file of WORK_SHARES."""
    return folder / "shares.parquet"


def make_load(load: Load, folder: Path, progress: Progress = silent) -> None:
    """Write the three files of a load into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    pools = np.arange(1, load.pools + 1)
    nets = 250_000_000_000 + pools * 1_234_567_891
    pq.write_table(pa.table([pools.astype(np.int32), nets], schema=POOLS), pools_path(folder))
    pq.write_table(_shares(load), shares_path(folder))
    with pq.ParquetWriter(lines_path(folder), POOL_LINES) as writer:
        for start in range(0, load.lines, PIECE):
            writer.write_table(_lines(load, start // PIECE, min(PIECE, load.lines - start)))
            progress(start + PIECE, load.lines)


def _lines(load: Load, piece: int, count: int) -> pa.Table:
    """Return one piece of the lines, in no order."""
    chance = np.random.default_rng([load.seed, 1, piece])
    often = np.exp(chance.random(count) * np.log(load.works)).astype(np.int64)
    evenly = chance.integers(1, load.works + 1, count)
    works = np.where(chance.random(count) < 0.5, np.minimum(often, load.works), evenly)
    points = chance.integers(30, 400, count) * _WEIGHTS[chance.integers(0, len(_WEIGHTS), count)]
    pools = chance.integers(1, load.pools + 1, count).astype(np.int32)
    return pa.table([pools, works, points], schema=POOL_LINES)


def _shares(load: Load) -> pa.Table:
    """Return WORK_SHARES of all works, and the upper bound of each share, which peers need and we work out."""
    chance = np.random.default_rng([load.seed, 2])
    holders = chance.integers(1, MOST_HOLDERS_OF_A_WORK + 1, load.works)
    claimed = np.where(chance.random(load.works) < 0.1, chance.integers(PPM // 2, PPM, load.works), PPM)
    sizes = holders + (claimed < PPM)
    first = np.cumsum(sizes) - sizes
    part = np.arange(int(sizes.sum())) - np.repeat(first, sizes)
    shares_ppm = np.repeat(claimed // holders, sizes)
    shares_ppm[first] += claimed % holders
    moved = _moved(chance, shares_ppm, part, np.repeat(holders, sizes))
    holder_ids = chance.integers(1, load.holders + 1, len(part))
    held = part == np.repeat(holders, sizes)
    moved[held] = np.repeat(PPM - claimed, sizes)[held]
    holder_ids[held] = 0
    works = np.repeat(np.arange(1, load.works + 1), sizes)
    table = pa.table([works, part.astype(np.int32), holder_ids, moved.astype(np.int32)], schema=WORK_SHARES)
    running = np.cumsum(moved)
    return table.append_column("until_ppm", pa.array(running - np.repeat(np.arange(load.works) * PPM, sizes)))


def _moved(chance: np.random.Generator, shares_ppm: Int64s, part: Int64s, holders: Int64s) -> Int64s:
    """Return the shares of each work with some of every second part given to the part before it."""
    gives = (part % 2 == 1) & (part < holders)
    given = np.where(gives, chance.integers(0, PPM, len(part)) * shares_ppm // PPM, 0)
    kept: Int64s = shares_ppm - given + np.append(given[1:], 0)
    return kept
