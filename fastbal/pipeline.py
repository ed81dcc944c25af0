"""Chains of transformers, samplers and a model; samplers act while fitting only."""
