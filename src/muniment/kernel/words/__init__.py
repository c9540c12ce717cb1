"""The nouns every other package uses: Money, shares, Territory, identifiers, exact allocation."""
