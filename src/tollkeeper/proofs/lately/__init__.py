"""A past for the demo: believable, made of real evidence, and harmless."""

from tollkeeper.proofs.lately.writing import give_past

__all__ = ["give_past"]
