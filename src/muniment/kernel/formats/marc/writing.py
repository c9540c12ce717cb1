"""MARC is not written: a catalogue record is the word of the library that made it."""
