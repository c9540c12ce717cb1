"""The rules of licensing, pure: what a tariff asks, what a fee comes to, how a receipt is divided."""
