"""Payments and the one door through which they move. Read state.py, reducer.py, settle.py, in that order."""
