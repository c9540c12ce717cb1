"""The formats of the log, without the database.

`tree` is the Merkle tree of RFC 6962, `tiles` how it lies in files (C2SP tlog-tiles), `leaves` what a leaf is (Sigsum
v1), `notes` signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), `cosigning` the word of a witness (C2SP
tlog-cosignature, tlog-witness), `policies` whose word is enough (C2SP tlog-policy), `proofs` what somebody verifies
without a network (C2SP tlog-proof), `stamps` timestamps (RFC 3161), `archive` evidence records that renew them (RFC
4998), `lifetimes` until when algorithms are trusted.
"""
