"""The command line: one short function a command, each in its own file; nothing here computes.

Start-up loads click and nothing else: a command imports what it needs when it runs.
"""
