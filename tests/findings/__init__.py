"""Tests of posture.findings."""
