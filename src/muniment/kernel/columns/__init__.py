"""The Arrow schemas that stages hand to each other, and the only door to the engines."""
