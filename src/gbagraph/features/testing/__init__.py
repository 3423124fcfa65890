"""Tests that assert answers: a comparison of cells, a pytest plugin, mutants, a faulty endpoint."""
