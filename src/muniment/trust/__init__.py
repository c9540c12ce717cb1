"""Why anyone should believe a record: who did it, what came in, where every cent went."""
