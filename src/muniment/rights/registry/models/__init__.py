"""Tables of the registry: deposits and their certificates, applications, what is registered."""

from muniment.rights.registry.models.applications import Application, Event, Objection, Round
from muniment.rights.registry.models.deposits import Certificate, Deposit, DepositFile, Particulars

__all__ = ["Application", "Certificate", "Deposit", "DepositFile", "Event", "Objection", "Particulars", "Round"]
