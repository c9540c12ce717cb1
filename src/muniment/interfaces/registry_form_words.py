"""What the form of an application says beside its boxes, in the reader's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

HELP: dict[str, Promise] = {
    "title": gettext_lazy("One line that says what the content is, as it shall stand on the certificate."),
    "title_latin": gettext_lazy("For readers who do not know the script of the title."),
    "industry": gettext_lazy("A code of GB/T 4754, as G59 or I6550, not the industry's name."),
    "scenario": gettext_lazy("Who uses the data, and for what."),
    "summary": gettext_lazy("A few sentences for the public register."),
    "applicants": gettext_lazy("One is the holder; others are co-holders, or an agent who applies for them."),
    "applicants.identifier": gettext_lazy(
        "Of a company its unified social credit code, of a person the identity number. It is not published."
    ),
    "applicants.country": gettext_lazy("Two letters, as CN."),
    "sources": gettext_lazy("Each place that the data is from: collected by yourself, or given to you by a contract."),
    "sources.route": gettext_lazy("If you collected it: from whom or where."),
    "sources.method": gettext_lazy("If you collected it: how, with which devices or forms."),
    "sources.counterpart": gettext_lazy("If it is of others: who gave it to you."),
    "sources.contract_sha256": gettext_lazy("If it is of others: the SHA-256 of the contract's file, 64 characters."),
    "sources.contract_until_on": gettext_lazy("The registration ends with the contract, if that is sooner."),
    "processing": gettext_lazy("Which steps, by which rule or algorithm, and what is new in the result."),
    "is_substantive": gettext_lazy("Raw data is not registered: tick this only if the data was really worked on."),
    "structure": gettext_lazy("A column on each line: name | type | what it means."),
    "record_count": gettext_lazy("How many rows the data has."),
    "storage_format": gettext_lazy("As excel, json, mysql or oracle."),
    "update_frequency": gettext_lazy("As daily, monthly, or not at all."),
    "update_term": gettext_lazy("Not longer than a contract that the data hangs on."),
    "sample": gettext_lazy("A few rows, the names of the columns first, and nothing that names a person."),
    "is_unpublished": gettext_lazy("Nobody outside can get the data now."),
    "deposit": gettext_lazy("What you deposited here shows that you had the content; choose the deposit of it."),
    "notarial_act": gettext_lazy("Only if a notary recorded the content instead of a deposit here, or beside it."),
    "rights_claimed": gettext_lazy("Which rights over the data you state to have."),
    "authors": gettext_lazy("Each author's name on a line."),
    "based_on": gettext_lazy("The work that it is made out of, its author, and by whose leave."),
    "reason": gettext_lazy("Why you ask for this."),
    "transferee": gettext_lazy("Who shall be the holder from then on."),
}
"""A sentence of help for fields that need one."""

WORK_KIND_NAMES: dict[str, Promise] = {
    "written": gettext_lazy("Written work"),
    "oral": gettext_lazy("Oral work"),
    "musical": gettext_lazy("Musical work"),
    "dramatic": gettext_lazy("Dramatic work"),
    "quyi": gettext_lazy("Work of quyi (sung and spoken storytelling)"),
    "choreographic": gettext_lazy("Choreographic work"),
    "acrobatic": gettext_lazy("Acrobatic work"),
    "fine_art": gettext_lazy("Work of fine art"),
    "architectural": gettext_lazy("Architectural work"),
    "photographic": gettext_lazy("Photographic work"),
    "audiovisual": gettext_lazy("Audiovisual work"),
    "graphic": gettext_lazy("Drawing of engineering or products, map, sketch"),
    "model": gettext_lazy("Model"),
    "software": gettext_lazy("Computer program"),
    "other": gettext_lazy("Other work"),
}
"""What the kinds of works are called."""
