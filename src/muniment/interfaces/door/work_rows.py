"""The rows of works as they leave in a table: the columns that the import of works reads, one row a share line."""

from muniment.kernel.words.shares import Right, format_percent
from muniment.rights.works import queries

EXPORT_HEADERS = (
    "Work number", "Title", "Alternate title", "ISWC", "Language", "Duration", "Claim", "Party name",
    "IPI name number", "Role", "PR share", "MR share", "SR share", "Territories", "Share from", "Share to",
    "Generated shares",
)  # fmt: skip


def export_cells(row: queries.ExportRow) -> tuple[str, ...]:
    """Return the cells of a share line, in the order of `EXPORT_HEADERS`."""
    seconds = "" if row.duration_ms is None else f"{row.duration_ms // 60_000}:{row.duration_ms // 1000 % 60:02d}"
    shares = {Right.PERFORMING: "", Right.MECHANICAL: "", Right.SYNCHRONISATION: ""}
    if row.right is not None:
        shares[row.right] = format_percent(row.share_ppm)
    period = [day.isoformat() if day else "" for day in (row.valid_from, row.valid_to)]
    marked = "yes" if row.generated_shares else ""
    head = (row.code, row.title, " | ".join(row.titles), row.iswc or "", row.language, seconds, row.claim)
    return (*head, row.party_name, row.ipi_name, row.role, *shares.values(), row.territories, *period, marked)
