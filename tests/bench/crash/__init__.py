"""Killing, cutting and refusing the commit of a small portal: shared by the benchmark and the tests."""
