"""``python -m training data|tokenizer|train|eval|samples|all``: makes and measures the demo model."""
