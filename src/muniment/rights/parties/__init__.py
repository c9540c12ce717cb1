"""Members, publishers, societies, licensees: who they are, what they gave us to manage, and who is paid for them.

In: forms and member files (XLSX, CSV). Out: parties with names, identifiers, mandates, successors and approved bank
accounts, and the answer to "who is paid for this owner". Always: an identifier belongs to one party; mandates,
affiliations and successions carry a valid period and a known period; a bank account is paid to only after a second
person approved it; what one file brought can be taken back as a whole, unless something later stands on it.
"""
