"""Tables of the registry: deposits and their certificates, applications, what is registered."""

from muniment.rights.registry.models.deposits import Certificate, Deposit, DepositFile, Particulars

__all__ = ["Certificate", "Deposit", "DepositFile", "Particulars"]
