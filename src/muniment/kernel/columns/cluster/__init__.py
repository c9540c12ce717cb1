"""The door to the query engine on a cluster, Apache Spark; the only package that imports PySpark.

In: rows in Parquet, and a function of ours from record batches to record batches, named by where it is imported from.
Out: the answer of every row in Parquet, and exact integer sums. Always: the engine joins, groups and sums integers;
the function alone decides, so that a cluster answers what one machine answers, row for row. A worker that dies has its
tasks done again elsewhere; a row without an answer is an error, never a gap.

PySpark and Java are extras: importing this package needs neither.
"""

from muniment.kernel.columns.cluster.answering import (
    EVERYBODY,
    Answered,
    Asking,
    Counted,
    Told,
    answer_rows,
    count_rows,
)
from muniment.kernel.columns.cluster.errors import ClusterRefused, WorkerDied
from muniment.kernel.columns.cluster.machine import LocalCluster, cluster_on_this_machine, confined_to
from muniment.kernel.columns.cluster.session import Cluster, find_java, open_session
from muniment.kernel.columns.cluster.worker import Work, work_in

__all__ = [
    "EVERYBODY",
    "Answered",
    "Asking",
    "Cluster",
    "ClusterRefused",
    "Counted",
    "LocalCluster",
    "Told",
    "Work",
    "WorkerDied",
    "answer_rows",
    "cluster_on_this_machine",
    "confined_to",
    "count_rows",
    "find_java",
    "open_session",
    "work_in",
]
