"""The screens that open over the main one, and the main one."""
