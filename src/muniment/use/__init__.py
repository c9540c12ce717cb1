"""Where works were used."""
