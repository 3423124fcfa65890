"""The W3C's SPARQL test suites, run through HTTP against a server process.

``python -m conformance`` with ``tests`` on the path; ``--help`` says the rest. The suites are not
part of this repository: see :func:`conformance.suite.root`.
"""
