"""The arithmetic of playbooks: who is held out, what a holdout can show, when a step falls due, what exactly was approved."""
