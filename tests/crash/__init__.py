"""Kills the process in every command that moves money, and checks that nothing is lost, doubled or out of balance."""
