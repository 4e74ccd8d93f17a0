"""Netlists of the macro's analog stages, run with ngspice."""
