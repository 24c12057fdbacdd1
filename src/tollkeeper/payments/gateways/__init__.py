"""Gateways speak to the outside and know no tables. The contract is contract.py; the rest are its speakers."""
