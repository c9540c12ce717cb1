"""ERN is not written: it is how a label tells its releases, and a society releases nothing."""
