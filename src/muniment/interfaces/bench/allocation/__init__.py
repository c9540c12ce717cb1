"""The division of pools measured beside other engines, on the same files in the same run.

data.py         invents lines, pools and shares, in pieces
ours.py         our division, measured in a process of its own
running.py      ours and the peers, each a process that leaves rows, totals and measures
comparing.py    whether all of them came to the same, row for row
conservation.py a million random distributions, by our division and by SQL
"""
