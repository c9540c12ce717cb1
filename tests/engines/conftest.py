"""A real cluster of two workers, started once for all tests that need one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from muniment.kernel.columns.cluster import Cluster, ClusterRefused, cluster_on_this_machine

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run a master and two worker processes; skip where Java or PySpark is not installed."""
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed: make spark")
    folder = tmp_path_factory.mktemp("cluster")
    path = f"{ROOT}:{ROOT / 'src'}"
    try:
        with cluster_on_this_machine(folder, workers=2, memory_mib=512, python_path=path) as running:
            yield Cluster(running.master, memory_mib=512, workers=2)
    except ClusterRefused as error:
        pytest.skip(str(error))
