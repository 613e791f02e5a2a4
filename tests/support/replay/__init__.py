"""A made-up newsroom whose live blog is polled hundreds of times, in any format.

``newsroom`` writes, corrects, pins and takes back posts; a ``View`` is its state at one moment; a
writer (one small class per format) turns a view into the documents that format serves; ``site``
serves them, whole, cut or not at all; ``replaying`` polls them by the real poller into a real
database, and ``ledger`` holds what was told against what could be seen.
"""
