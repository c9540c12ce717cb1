"""A real cluster of two workers, started once for all tests that need one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from muniment.kernel.columns.cluster import Cluster, ClusterRefused, cluster_on_this_machine, find_java, open_session

ROOT = Path(__file__).parents[2]


# The tests are short: Java shall not spend their time on making long runs fast.
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run a master and two worker processes; skip where Java or PySpark is not installed."""
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed: make spark")
    path = f"{ROOT}:{ROOT / 'src'}"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("JAVA_TOOL_OPTIONS", QUICK_JAVA)
        try:
            find_java()
        except ClusterRefused as error:
            pytest.skip(str(error))
        folder = tmp_path_factory.mktemp("cluster")
        with cluster_on_this_machine(folder, workers=2, memory_mib=512, python_path=path) as running:
            yield Cluster(running.master, memory_mib=512, workers=2)


@pytest.fixture(scope="session")
def session(cluster: Cluster) -> Iterator[Any]:
    """Open one session for all tests: what one of them breaks, the cluster mends for the next."""
    with open_session(cluster) as opened:
        yield opened
