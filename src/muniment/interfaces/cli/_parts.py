"""The table of contents of the command line: every command and group, in which module it is, and what it is for.

`muniment --help` reads this table alone; the module behind a name, with everything it imports, is loaded when the name
is used. Tests hold the table and the modules equal.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from typer import Typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group


@dataclass(frozen=True, slots=True)
class Part:
    """A word after `muniment`: the module of this folder behind it, and the summary that help shows."""

    name: str
    module: str
    summary: str


COMMANDS = (
    Part(
        "check",
        "check",
        "Say what files are and what is wrong in them: status 0 clean, 1 findings, 2 nothing known.",
    ),
    Part(
        "clocks",
        "clocks",
        "Show the clocks that a society is held to: what is due or late, how long, how much; status 1 if one is late.",
    ),
    Part(
        "demo",
        "demo",
        "Invent a society, take it through a quarter, and serve its pages; everything in it is invented.",
    ),
    Part(
        "demo-data",
        "demo_data",
        "Write the files that an invented society receives in one quarter; everything in them is invented.",
    ),
    Part(
        "demo-registry",
        "demo_registry",
        "Run an invented registry year, print its figures from the records, and hold them against the plan.",
    ),
    Part(
        "export",
        "export",
        "Write works, parties, usages or money to a file that others read; no cell of a table runs.",
    ),
    Part(
        "fsck",
        "fsck",
        "Check the books, the audit trail, the store and the money; exit status 1 if anything is broken.",
    ),
    Part(
        "import",
        "import_",
        "Say what files are, show how they begin, and import them: status 0 clean, 1 findings, 2 refused or unknown.",
    ),
    Part("init", "installation", "Create or update the tables of the database; safe to run again."),
    Part("serve", "installation", "Serve the web pages and the API until interrupted."),
    Part(
        "verify",
        "certificate",
        "Verify a paper of the registry without a network; status 1 if it fails, 3 if it cannot be said.",
    ),
    Part("version", "installation", "Print the version."),
    Part(
        "why",
        "review",
        "Explain how a line was matched: reasons and weights, the runner-up, the model and the repertoire.",
    ),
)
"""Commands of their own: functions that their module names in `COMMANDS`."""

GROUPS = (
    Part("adjustment", "adjustments", "Book what was learnt after a run was posted."),
    Part("bench", "bench", "Measure the stages and the pages on this machine, in an empty home."),
    Part("certificate", "certificate", "Certificates of deposits and papers of the register."),
    Part("cluster", "cluster", "The same work on many machines, by Apache Spark."),
    Part("columns", "columns", "Columns of tables that were said once and are remembered."),
    Part("cwr", "cwr", "Answer CWR files, submit works to societies, and follow what became of them."),
    Part("deposit", "deposit", "Deposit files, folders or only their hashes, and forget depositors."),
    Part("distribution", "distributions", "Divide the money of funds to those whose works were used."),
    Part("duplicates", "duplicates", "Find records that are one work or one party, and merge them."),
    Part("hold", "holds", "Money that waits: legal holds, expired windows, the published list."),
    Part("index", "index", "The index that usage is matched against: build, check and prune it."),
    Part("ledger", "ledger", "Ask the books, and seal them."),
    Part("licence", "licensing", "License the use of music, invoice it, and receive the money."),
    Part("log", "log", "The transparency log: leaves, checkpoints, proofs."),
    Part("match", "matching", "Find the work behind each reported use."),
    Part("model", "model", "What the matcher takes agreement to be worth: show it, train another, choose one."),
    Part("party", "parties", "Members, publishers, societies, licensees, and who is paid for them."),
    Part("payment", "payment", "Pay what payees are owed, and read what the bank made of it."),
    Part("payments", "payments", "Pay what payees are owed, and read what the bank made of it."),
    Part("registration", "registration", "Register data and works: apply, examine, publish, decide, record."),
    Part("report", "report", "Reports of a year, each figure a sum of postings."),
    Part("review", "review", "Decide about many items, and watch how good the matcher is."),
    Part("society", "societies", "Sister societies: agreements, money to them and from them."),
    Part("usage", "usages", "Reports of what was used: radio logs, set lists, streaming reports."),
    Part("user", "users", "Logins: who may come in, in which role."),
    Part("witness", "witness", "Witness other people's logs: cosign what only grew."),
    Part("work", "works", "Works, their recordings, and who holds which share of them."),
)
"""Groups of commands: a Typer application that its module names `app`."""

_MODULES = {part.name: part.module for part in (*COMMANDS, *GROUPS)}


def load(name: str) -> TyperCommand | TyperGroup:
    """Return a command or group of the table with everything under it; sets Django up, where nobody has."""
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
    module = import_module(f"{__package__}.{_MODULES[name]}")
    if name in (part.name for part in GROUPS):
        return get_group(module.app)
    function = next(each for each in module.COMMANDS if command_name(each.__name__) == name)
    alone = Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command()(function)
    command = get_command(alone)
    assert isinstance(command, TyperCommand)
    return command


def command_name(function_name: str) -> str:
    """Return the word for a function on the command line."""
    return function_name.rstrip("_").replace("_", "-")


class LazyParts(TyperGroup):
    """The group of all parts: their summaries at hand, each of them loaded when it is used."""

    def __init__(self, **attributes: Any) -> None:
        """Take what Typer gives a group; its commands are the table's."""
        super().__init__(**attributes)
        for part in (*COMMANDS, *GROUPS):
            self.add_command(TyperCommand(part.name, help=part.summary))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the name, the loaded command and the words behind it; an unknown name is refused with those alike."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in _MODULES else command, rest
