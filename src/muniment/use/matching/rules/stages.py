"""The stages that answer lines, in their order, by the methods that matches name."""

STAGES = {
    "own": "identifier",
    "iswc": "identifier",
    "isrc": "identifier",
    "decision": "memory",
    "exact": "exact key",
    "fuzzy": "index search",
    "none": "none",
}
"""The stage of each method, in the order of their telling; a line without an answer has none."""
