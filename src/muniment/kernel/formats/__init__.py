"""One folder per wire format, each a pure codec between bytes and records."""
