"""ONIX is not written: it is the publishers' own word about their products, and a society has none to give."""
