"""KBART is not written: a list of what a platform holds is the platform's own word."""
