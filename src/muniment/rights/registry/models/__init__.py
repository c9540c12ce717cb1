"""Tables of the registry: deposits and their certificates, applications, what is registered."""

from muniment.rights.registry.models.applications import Application, Event, Objection, Round
from muniment.rights.registry.models.claims import Claim
from muniment.rights.registry.models.deposits import Certificate, Deposit, DepositFile, Particulars
from muniment.rights.registry.models.registrations import (
    Consent,
    HolderKey,
    HolderParticulars,
    NumberSeries,
    Recordal,
    RecordalParticulars,
    RecordalVersion,
    Registration,
    RegistrationVersion,
)

__all__ = [
    "Application",
    "Certificate",
    "Claim",
    "Consent",
    "Deposit",
    "DepositFile",
    "Event",
    "HolderKey",
    "HolderParticulars",
    "NumberSeries",
    "Objection",
    "Particulars",
    "Recordal",
    "RecordalParticulars",
    "RecordalVersion",
    "Registration",
    "RegistrationVersion",
    "Round",
]
