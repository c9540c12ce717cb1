"""How rights earn."""
