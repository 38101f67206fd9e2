"""The hands of the rollout controller: what the domain says comes next is carried out here, step by step."""
