"""The parts of the crash proof: points, processes, customers, books."""
