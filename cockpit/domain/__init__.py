"""Pure rules and the facts they judge: standard library only."""
