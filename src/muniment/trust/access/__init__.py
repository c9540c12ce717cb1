"""People, roles and the audit trail.

In: a person and an act. Out: permission or refusal, and an audit event for every write. Always: what no role carries
is refused, and an event once written is never changed.
"""
