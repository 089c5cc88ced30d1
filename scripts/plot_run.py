#!/usr/bin/python3
"""Draws as `neocol plot` does, where the program is not at hand: needs this folder alone."""

from neocol.__main__ import run_verb

if __name__ == "__main__":
    run_verb("plot")
