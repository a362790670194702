"""Recipes, the stages they are made of, and the run from data to report."""
