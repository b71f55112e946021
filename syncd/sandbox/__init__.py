"""Simulated Jira and ServiceNow over real HTTP, written from what the real systems do and not from what syncd sends.

Used by `syncd demo`, `syncd sandbox`, the tests and the benchmarks. Imports nothing of the product but its errors: a
simulator that shared code with the daemon would share its mistakes.
"""
