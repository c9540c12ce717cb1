"""The transparency log: an append-only Merkle tree that strangers check with their own software.

In: signed leaves of 128 bytes, over salted commitments. Out: tiles, checkpoints, proofs, cosignatures, timestamps.
Always: the tree only grows, one sequencer at a time; a leaf that was acknowledged is in the database and on the disk.
"""
