"""Registers from one source: reads configs/registers/*.yaml, checks them, writes what is generated."""
