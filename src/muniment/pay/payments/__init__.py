"""Orders to pay what payees are owed, and what the bank made of them.

In: the payable balances of the ledger, approved bank accounts, confirmations of the bank. Out: payment batches, files
for the bank (CSV and ISO 20022 pain.001), ledger entries, and the list of what each payee was paid. Always: an order
is whole cents and never more than the payee's balance, the residue stays on the payee's account; two persons stand
behind every batch; a confirmation acts once.
"""
