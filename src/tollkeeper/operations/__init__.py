"""Operations: work that a person asks for and the shop does as a run."""
