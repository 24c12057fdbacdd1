"""A stranger that speaks iKhokha's HTTP contract: paylinks, status, history, signed callbacks, and faults on demand.

It is a process of its own (`python -m tollkeeper.sandbox`) and imports nothing of the house,
so it cannot share our bugs.
"""
