"""The vault: every adapter with its card, published whole or not at all, never overwritten and never deleted."""

from trainer.adapters.card import Card
from trainer.adapters.vault import Adapter, Vault

__all__ = ["Adapter", "Card", "Vault"]
