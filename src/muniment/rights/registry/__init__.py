"""Deposits and certificates: what somebody had at an hour, shown to strangers without showing who it was.

In: files, folders, bags, or only their hashes. Out: deposits with a leaf each, and signed certificates with proofs.
Always: what the log commits to names no person; erasure removes the person and the content, and every proof goes on
holding.
"""
