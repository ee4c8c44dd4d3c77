"""The loop: optimizer steps one after another, watched, written down, saved whole, and stopped before harm is done."""
