"""Proofs of bank transfers: taken in, checked, drawn for staff, kept where nothing can run them."""
