"""Steps: rows laid out flat, which of them an optimizer step takes, and its loss and gradients, proven on the model at hand."""
