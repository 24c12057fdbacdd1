"""Tollkeeper: takes card payments, opens what was bought within a second, and keeps its own watch."""
