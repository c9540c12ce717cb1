"""Following money through the accounts as one compiled loop over columns; `rules.origins.Follower` says what it does.

Money lies in layers on each account, the oldest first, and what is missing on an account lies there likewise: two
chains of nodes for each account. A node has an origin in three numbers (base, run, payee; 0 is none), an amount, and
its neighbours. Arrays that may have to grow are handed back by `follow`.
"""

import numpy as np
import numpy.typing as npt

from muniment.kernel.columns.compiled import compiled

type Ints = npt.NDArray[np.int64]

BASE, RUN, PAYEE, AMOUNT, NEXT, BEFORE = range(6)
"""Columns of nodes; the first four are those of layers that are kept or asked for."""
HEAD, TAIL, COUNT, MISSING_HEAD, MISSING_TAIL, MISSING_COUNT = range(6)
"""Columns of the chains of an account; no node is -1."""
USED, FREE, KEPT_PARTS, KEPT_TRANSFERS = range(4)
"""Places of the counters that last from one call to the next."""
STAGE, PAYEE_OF, RUN_OF_SCOPE, IS_DEDUCTION, IS_TRANSIT = range(5)
"""Columns of what is known of an account; stages are numbered as in `STAGES`."""
ENTRY_RUN, WANTED_RUN, KEEPS, UNDOES = range(4)
"""Columns of what is known of an entry: runs, and its place among the reversed entries as one or as their reversal."""
COLLECTED, WAITING, ATTRIBUTED, KEPT = range(4)
"""The stages whose accounts have layers; the others have higher numbers."""
PART_TRANSFER, PART_BASE, PART_RUN, PART_PAYEE, PART_AMOUNT, PART_SETTLES = range(6)
"""Columns of parts: place of the transfer, origin, amount, and whether the part settles what was missing."""

_LOOKED_AT = 1_000
_MOST = 2**62
"""What a layer holds at most, so that no sum wraps; more of the same origin lies in a layer of its own."""


@compiled
def roomy(rows: Ints, needed: int) -> Ints:
    """Return an array with room for `needed` rows at least, with the rows of the one that was given."""
    if needed <= len(rows):
        return rows
    larger = np.empty((max(needed, 2 * len(rows)), rows.shape[1]), np.int64)
    larger[: len(rows)] = rows
    return larger


@compiled
def new_node(nodes: Ints, counters: Ints, base: int, run: int, payee: int, amount: int) -> int:
    """Return the number of a node with these values, a free one where there is any."""
    node = int(counters[FREE])
    if node >= 0:
        counters[FREE] = nodes[node, NEXT]
    else:
        node = int(counters[USED])
        counters[USED] += 1
    nodes[node, BASE], nodes[node, RUN], nodes[node, PAYEE], nodes[node, AMOUNT] = base, run, payee, amount
    return node


@compiled
def link(nodes: Ints, chains: Ints, account: int, head: int, node: int) -> None:
    """Put a node at the end of a chain of an account; `head` is the chain's first column."""
    last = chains[account, head + 1]
    nodes[node, NEXT], nodes[node, BEFORE] = -1, last
    if last >= 0:
        nodes[last, NEXT] = node
    else:
        chains[account, head] = node
    chains[account, head + 1] = node
    chains[account, head + 2] += 1


@compiled
def unlink(nodes: Ints, chains: Ints, counters: Ints, account: int, head: int, node: int) -> None:
    """Take a node out of a chain of an account and free it."""
    following, before = nodes[node, NEXT], nodes[node, BEFORE]
    if before >= 0:
        nodes[before, NEXT] = following
    else:
        chains[account, head] = following
    if following >= 0:
        nodes[following, BEFORE] = before
    else:
        chains[account, head + 1] = before
    chains[account, head + 2] -= 1
    nodes[node, NEXT] = counters[FREE]
    counters[FREE] = node


@compiled
def take(
    nodes: Ints, chains: Ints, counters: Ints, account: int, node: int, amount: int, found: Ints, count: int
) -> int:
    """Move an amount of a layer to the row `count` of `found`, drop the layer if it is used up; return the count."""
    for column in range(AMOUNT):
        found[count, column] = nodes[node, column]
    found[count, AMOUNT] = amount
    nodes[node, AMOUNT] -= amount
    if not nodes[node, AMOUNT]:
        unlink(nodes, chains, counters, account, HEAD, node)
    return count + 1


@compiled
def first_ahead(nodes: Ints, chains: Ints, account: int, amount: int) -> int:
    """Return the first layer of the first payee who has exactly this much; the first of all where nobody has."""
    node = start = first = int(chains[account, HEAD])
    held, payee, looked = 0, 0, 0
    while node >= 0 and looked < _LOOKED_AT:
        if nodes[node, PAYEE] != payee:
            if held == amount:
                return start
            start, held, payee = node, 0, int(nodes[node, PAYEE])
        held += nodes[node, AMOUNT]
        node = int(nodes[node, NEXT])
        looked += 1
    return start if held == amount else first


@compiled
def take_exact(
    nodes: Ints, chains: Ints, counters: Ints, account: int, most: int, asked: Ints, found: Ints, count: int
) -> int:
    """Move the very layers of `asked` (origins with amounts, used up here), up to `most`; return the count."""
    node, left = chains[account, HEAD], most
    while node >= 0:
        following = nodes[node, NEXT]
        wanted, first = 0, -1
        for place in range(len(asked)):
            if (
                asked[place, BASE] == nodes[node, BASE]
                and asked[place, RUN] == nodes[node, RUN]
                and asked[place, PAYEE] == nodes[node, PAYEE]
            ):
                wanted += asked[place, AMOUNT]
                first = place if first < 0 else first
                asked[place, AMOUNT] = 0
        part = min(nodes[node, AMOUNT], wanted, left)
        if first >= 0:
            asked[first, AMOUNT] = wanted - part
        if part:
            left -= part
            count = take(nodes, chains, counters, account, node, part, found, count)
        node = following
    return count


@compiled
def take_wanted(
    nodes: Ints, chains: Ints, counters: Ints, account: int, most: int, run: int, payee: int, found: Ints, count: int
) -> int:
    """Move the layers of a run or a payee (0: of any), up to `most`; return the count."""
    node, left = chains[account, HEAD], most
    while node >= 0 and left:
        following = nodes[node, NEXT]
        if (not run or nodes[node, RUN] == run) and (not payee or nodes[node, PAYEE] == payee):
            part = min(nodes[node, AMOUNT], left)
            left -= part
            count = take(nodes, chains, counters, account, node, part, found, count)
        node = following
    return count


@compiled
def leave(
    nodes: Ints, chains: Ints, counters: Ints, known: Ints, account: int, amount: int, exact: Ints, run: int,
    payee: int, fresh: int, found: Ints,
) -> int:  # fmt: skip
    """Take an amount from an account into `found`; what it does not have is missing from now on. Return the count."""
    count = 0
    if chains[account, COUNT] > 1:
        if len(exact):
            count = take_exact(nodes, chains, counters, account, amount, exact.copy(), found, count)
        elif run or payee:
            count = take_wanted(nodes, chains, counters, account, amount, run, payee, found, count)
    left = amount
    for place in range(count):
        left -= found[place, AMOUNT]
    node = chains[account, TAIL] if known[account, IS_DEDUCTION] else chains[account, HEAD]
    if left and known[account, IS_TRANSIT]:
        node = first_ahead(nodes, chains, account, left)
    while left and node >= 0:
        following = nodes[node, BEFORE] if known[account, IS_DEDUCTION] else nodes[node, NEXT]
        part = min(nodes[node, AMOUNT], left)
        left -= part
        count = take(nodes, chains, counters, account, node, part, found, count)
        node = following
    if left:
        last = len(exact) - 1
        found[count, BASE] = exact[last, BASE] if last >= 0 else fresh
        found[count, RUN] = exact[last, RUN] if last >= 0 else 0
        found[count, PAYEE] = exact[last, PAYEE] if last >= 0 else 0
        found[count, AMOUNT] = left
        lacking = new_node(nodes, counters, found[count, BASE], found[count, RUN], found[count, PAYEE], left)
        link(nodes, chains, account, MISSING_HEAD, lacking)
        count += 1
    return count


@compiled
def write_part(
    parts: Ints, count: int, transfer: int, base: int, run: int, payee: int, amount: int, settles: int
) -> int:
    """Write a part and return how many there are."""
    parts[count, PART_TRANSFER], parts[count, PART_BASE], parts[count, PART_RUN] = transfer, base, run
    parts[count, PART_PAYEE], parts[count, PART_AMOUNT], parts[count, PART_SETTLES] = payee, amount, settles
    return count + 1


@compiled
def reach(
    nodes: Ints, chains: Ints, counters: Ints, account: int, goal: int, transfer: int, base: int, run: int, payee: int,
    amount: int, parts: Ints, count: int,
) -> int:  # fmt: skip
    """Put a part on an account, first filling what is missing there, which adds parts; return how many there are."""
    run = 0 if goal == COLLECTED else run
    payee = 0 if goal in (COLLECTED, WAITING) else payee
    while amount and chains[account, MISSING_HEAD] >= 0:
        node = chains[account, MISSING_HEAD]
        filled = min(nodes[node, AMOUNT], amount)
        lacking_base, lacking_run, lacking_payee = nodes[node, BASE], nodes[node, RUN], nodes[node, PAYEE]
        nodes[node, AMOUNT] -= filled
        if not nodes[node, AMOUNT]:
            unlink(nodes, chains, counters, account, MISSING_HEAD, node)
        amount -= filled
        if lacking_base != base or lacking_run != run or lacking_payee != payee:
            count = write_part(parts, count, transfer, lacking_base, lacking_run, lacking_payee, filled, 1)
            count = write_part(parts, count, transfer, base, run, payee, -filled, 1)
    if not amount:
        return count
    last = chains[account, TAIL]
    is_same = last >= 0 and nodes[last, BASE] == base and nodes[last, RUN] == run and nodes[last, PAYEE] == payee
    if is_same and nodes[last, AMOUNT] <= _MOST - amount:
        nodes[last, AMOUNT] += amount
    else:
        link(nodes, chains, account, HEAD, new_node(nodes, counters, base, run, payee, amount))
    return count


@compiled
def given(
    nodes: Ints, chains: Ints, counters: Ints, known: Ints, transfer: Ints, exact: Ints, run: int, found: Ints,
) -> int:  # fmt: skip
    """Put the layers that a transfer moves into `found`: the debited account's, or money from outside; the count."""
    debit, amount, fresh = transfer[1], transfer[3], transfer[4]
    if known[debit, STAGE] <= KEPT:
        payee = 0
        if known[debit, IS_TRANSIT]:
            run, payee = 0, known[transfer[2], PAYEE_OF]
        return leave(nodes, chains, counters, known, debit, amount, exact, run, payee, fresh, found)
    if len(exact):
        found[: len(exact)] = exact
        return len(exact)
    found[0, BASE], found[0, RUN], found[0, PAYEE], found[0, AMOUNT] = fresh, 0, 0, amount
    return 1


@compiled
def kept_layers(kept: Ints, kept_at: Ints, counters: Ints, first_kept: Ints, undoes: int, place: int) -> Ints:
    """Return the layers that the same transfer of the reversed entry moved; none where nothing is reversed."""
    if undoes >= 0 and first_kept[undoes] >= 0:
        at = first_kept[undoes] + place
        if at < counters[KEPT_TRANSFERS] and kept_at[at, 2] == undoes:
            return kept[kept_at[at, 0] : kept_at[at, 1]]
    return kept[:0]


@compiled
def begin_keeping(kept_at: Ints, counters: Ints, first_kept: Ints, keeps: int, place: int, count: int) -> None:
    """Note where the layers of a transfer will be kept: the next `count` rows."""
    row = counters[KEPT_TRANSFERS]
    if not place:
        first_kept[keeps] = row
    kept_at[row, 0], kept_at[row, 1] = counters[KEPT_PARTS], counters[KEPT_PARTS] + count
    kept_at[row, 2] = keeps
    counters[KEPT_TRANSFERS] += 1


@compiled
def follow(
    transfers: Ints, entries: Ints, known: Ints, chains: Ints, counters: Ints, nodes: Ints, kept: Ints, kept_at: Ints,
    first_kept: Ints,
) -> tuple[Ints, int, Ints, Ints, Ints]:  # fmt: skip
    """Follow transfers in their order, whole entries of them.

    Args:
        transfers: rows of entry (place in `entries`), debited and credited account, amount, and the base of money that
            comes from outside.
        entries, known: see the columns above.
        chains, counters, first_kept: the state, changed in place; `first_kept` has the first transfer of each reversed
            entry among `kept_at`, which has the first and the last of its parts among `kept`.
        nodes, kept, kept_at: the state that grows.

    Returns:
        the parts and how many there are, then nodes, kept and kept_at as they are now.
    """
    parts = np.empty((len(transfers) * 5 // 4 + 64, 6), np.int64)
    found = np.empty((64, 4), np.int64)
    count, place, entry = 0, 0, -1
    for transfer in range(len(transfers)):
        debit, credit = transfers[transfer, 1], transfers[transfer, 2]
        place = place + 1 if transfers[transfer, 0] == entry else 0
        entry = transfers[transfer, 0]
        keeps = entries[entry, KEEPS]
        exact = kept_layers(kept, kept_at, counters, first_kept, entries[entry, UNDOES], place)
        bound = 2 * chains[debit, COUNT] + len(exact) + 2
        found = roomy(found, bound)
        nodes = roomy(nodes, counters[USED] + bound + 2)
        parts = roomy(parts, count + 3 * bound + 2 * chains[credit, MISSING_COUNT])
        layers = given(
            nodes, chains, counters, known, transfers[transfer], exact, entries[entry, WANTED_RUN], found
        )  # fmt: skip
        run, payee, goal = 0, known[credit, PAYEE_OF], known[credit, STAGE]
        if known[debit, STAGE] == COLLECTED:
            run = entries[entry, ENTRY_RUN] or known[credit, RUN_OF_SCOPE]
        if keeps >= 0:
            kept = roomy(kept, counters[KEPT_PARTS] + layers)
            kept_at = roomy(kept_at, counters[KEPT_TRANSFERS] + 1)
            begin_keeping(kept_at, counters, first_kept, keeps, place, layers)
        for layer in range(layers):
            base, part = found[layer, BASE], found[layer, AMOUNT]
            its_run, its_payee = run or found[layer, RUN], payee or found[layer, PAYEE]
            if keeps >= 0:
                row = counters[KEPT_PARTS]
                kept[row, BASE], kept[row, RUN], kept[row, PAYEE], kept[row, AMOUNT] = base, its_run, its_payee, part
                counters[KEPT_PARTS] += 1
            count = write_part(parts, count, transfer, base, its_run, its_payee, part, 0)
            if goal <= KEPT:
                count = reach(
                    nodes, chains, counters, credit, goal, transfer, base, its_run, its_payee, part, parts, count
                )
    return parts, count, nodes, kept, kept_at
