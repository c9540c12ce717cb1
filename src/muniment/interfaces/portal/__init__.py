"""Pages for members: own works, own statements, own payments; `portal:` addresses, one module each."""
