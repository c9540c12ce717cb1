"""One way in for each audience: office, portal, public, api, cli."""
